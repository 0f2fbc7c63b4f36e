"""What every answer is read from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

Raw = Mapping[str, Any]
"""A document, as the service sent it."""


def moment(text: str) -> datetime:
    """Read a time; Python 3.10 knows no ``Z``."""
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
