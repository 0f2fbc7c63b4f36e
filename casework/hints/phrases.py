"""
Words that mean something only together: "post", "your photos" and "unless" in one sentence are a threat.

Order is left open, since languages differ in it. Invariant: each pattern is searched once a sentence; none repeats a
repetition, so time grows with the text alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_SENTENCE = re.compile(r"[^.!?\n…;]+[.!?\n…;]*|[.!?\n…;]+")
_LONGEST = 600
"""Characters of one sentence: text without any full stop is cut, so that words far apart do not meet."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    Words that are looked for together.

    Args:
        together: Patterns that all stand in one sentence; their places are what is told.

        near: A pattern that stands in that sentence, or the one before or after; None asks for nothing more.

        unless: A pattern that stands in none of these; None allows all.
    """

    together: tuple[re.Pattern[str], ...]
    near: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None


def phrase(*together: str, near: str | None = None, unless: str | None = None) -> Phrase:
    """Make a phrase of patterns, written for folded text."""
    return Phrase(
        tuple(map(re.compile, together)),
        near=None if near is None else re.compile(near),
        unless=None if unless is None else re.compile(unless),
    )


def in_languages(phrases: Mapping[str, Sequence[Phrase]]) -> tuple[Phrase, ...]:
    """Put the phrases of all languages into one row: a text is searched in all of them."""
    return tuple(one for each in phrases.values() for one in each)


def find_phrases(text: str, phrases: Iterable[Phrase]) -> Iterator[tuple[int, int]]:
    """
    Find where phrases stand; one place a sentence at most.

    Args:
        text: Folded.

        phrases: What is looked for.
    """
    sentences = list(_sentences(text))
    looked_for = list(phrases)
    for number, (start, end) in enumerate(sentences):
        around = (sentences[max(0, number - 1)][0], sentences[min(len(sentences) - 1, number + 1)][1])
        found = (_place(text, (start, end), around, one) for one in looked_for)
        place = next((one for one in found if one is not None), None)
        if place is not None:
            yield place


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE.finditer(text):
        for start in range(found.start(), found.end(), _LONGEST):
            yield start, min(start + _LONGEST, found.end())


def _place(text: str, sentence: tuple[int, int], around: tuple[int, int], one: Phrase) -> tuple[int, int] | None:
    found = []
    for pattern in one.together:
        match = pattern.search(text, *sentence)
        if match is None:
            return None
        found.append(match.span())
    if one.near is not None and one.near.search(text, *around) is None:
        return None
    if one.unless is not None and one.unless.search(text, *around) is not None:
        return None
    return min(start for start, _ in found), max(end for _, end in found)
