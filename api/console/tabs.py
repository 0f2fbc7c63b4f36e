"""Tabs above a list: which parts of it there are, and which one is shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListTab:
    """
    One part of a list.

    Args:
        name: As it is shown.

        address: Of its list.

        chosen: Whether it is the one that is shown.

        count: How many are in it; None where that is not counted.

        words: What else there is to say of it; empty for nothing.
    """

    name: str
    address: str
    chosen: bool
    count: int | None = None
    words: str = ""
