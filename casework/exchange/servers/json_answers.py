"""Answers of servers that speak JSON."""

import json
from collections.abc import Mapping

from casework.domain.errors import ExchangeFailedError


def object_of(body: bytes, where: str) -> Mapping[str, object]:
    """
    Read an answer that is an object.

    Raises:
        ExchangeFailedError: If it is none.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        message = f"{where} answered no JSON"
        raise ExchangeFailedError(message) from error
    if not isinstance(found, dict):
        message = f"{where} answered no object"
        raise ExchangeFailedError(message)
    return found
