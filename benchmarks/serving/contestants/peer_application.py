"""
A look-up as an integrator of python-threatexchange would write it. Imports nothing of ours: it runs on its own Python.

`POST /v1/match` takes the same bodies as ours: JSON with signals, or a multipart form with `media`.
"""

import os
from typing import Any

import numpy as np
from flask import Flask, request
from threatexchange.signal_type.pdq.signal import PdqSignal


def create() -> Flask:
    """Build the index of the values in a file, and the application over it."""
    codes = np.load(os.environ["BENCHMARK_PEER_CODES"])
    index = PdqSignal.get_index_cls().build((code.tobytes().hex(), number) for number, code in enumerate(codes))
    application = Flask(__name__)

    def match() -> dict[str, Any]:
        file = request.files.get("media")
        if file is not None:
            value = PdqSignal.hash_from_bytes(file.read())
        else:
            value = PdqSignal.validate_signal_str(request.get_json()["signals"][0]["value"])
        found = index.query(value) if value else []
        return {
            "verdict": "block" if found else "allow",
            "matches": [{"entry": one.metadata, "distance": one.similarity_info.distance} for one in found],
        }

    application.add_url_rule("/v1/match", view_func=match, methods=["POST"])
    return application
