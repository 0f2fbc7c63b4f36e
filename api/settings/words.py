"""How settings are written where they are read: their names begin alike, and a list has commas."""

from typing import Final

PREFIX: Final = "STAYDOWN_"


def with_commas(given: object) -> object:
    """Read a list as it stands in a variable; what is no text stays as it is."""
    return tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given
