"""
Text as it is searched: small letters, no accents, no invisible characters; each character knows where it came from.

So ``Ｐｅｒｓóｎ`` is found by ``person``, and the place that is told is that of the text as it was written.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_INVISIBLE = frozenset({"Cf", "Mn", "Me"})
"""Categories that are seen by nobody or stand on the letter before: zero-width spaces, combining accents."""


@dataclass(frozen=True, slots=True)
class Folded:
    """
    A text to be searched.

    Args:
        text: Folded.

        origins: For each of its characters, the place of its origin in the text as written.
    """

    text: str
    origins: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of the folded text stands as written: first character, and after the last."""
        return self.origins[start], self.origins[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold a text."""
    if text.isascii():
        return Folded(text.lower(), tuple(range(len(text))))
    folded = list(_characters(text))
    return Folded("".join(one for _, one in folded), tuple(origin for origin, _ in folded))


def _characters(text: str) -> Iterator[tuple[int, str]]:
    for origin, character in enumerate(text):
        if unicodedata.category(character) in _INVISIBLE:
            continue
        for plain in unicodedata.normalize("NFKD", character).lower():
            if unicodedata.category(plain) not in _INVISIBLE:
                yield origin, _QUOTES.get(plain, plain)


_QUOTES = {"’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-"}
