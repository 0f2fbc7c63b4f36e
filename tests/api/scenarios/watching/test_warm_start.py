"""Nothing is compiled while somebody waits for an answer."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[4]

_TOUR = """
import json, sys
from pathlib import Path
from casework.domain.actor import Role
from matcher import compiled
from tests.api.conftest import running, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video

def signatures():
    return {one.py_func.__name__: len(one.signatures) for one in compiled._kernels}

folder = Path(sys.argv[1])
film = write_video(folder / "a.mp4", scene(1, frames=30, pan_px=8), every=10).read_bytes()
with running(settings_in(folder)) as staydown:
    started = signatures()
    takedown = staydown.take_down(photo_bytes(731), nudity=True)["takedown_id"]
    staydown.upload("copy", photo_bytes(731))
    staydown.upload("other", photo_bytes(732))
    staydown.take_down(film, nudity=True)
    staydown.upload("film", film)
    hashes = {one["type"].removesuffix("/1"): one["value"] for one in staydown.hashed(photo_bytes(731))}
    staydown.match(pdq=hashes["pdq"], phash=hashes["phash"])
    items = [{"id": "a", "signals": [{"type": "pdq/1", "value": hashes["pdq"]}]}]
    headers = staydown.headers(Role.PIPELINE)
    assert staydown.http.post("/v1/match/batch", headers=headers, json={"items": items}).status_code == 200
    staydown.looked_back(takedown)
    print(json.dumps({name: count for name, count in signatures().items() if count != started[name]}))
"""


def test_no_request_compiles_a_kernel(tmp_path: Path) -> None:
    """The first client of the day would wait for seconds; so a kernel that is added is warmed up, too."""
    toured = subprocess.run(
        [sys.executable, "-c", _TOUR, tmp_path],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert toured.returncode == 0, toured.stderr
    assert toured.stdout.splitlines()[-1] == "{}"
