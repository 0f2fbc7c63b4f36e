"""Texts are cut where hints begin and end, and nothing of them is lost."""

import pytest

from api.console.cases.texts import marked
from api.schemas.reports import HintOut
from casework.domain.cases.hint import HintKind


def hint(start: int, end: int, field: str = "a") -> HintOut:
    """Make a hint of a phone number."""
    return HintOut(kind=HintKind.PHONE_NUMBER, field=field, start=start, end=end)


@pytest.mark.parametrize(
    ("hints", "marks"),
    [
        ([], []),
        ([hint(0, 3)], ["abc"]),
        ([hint(3, 6)], ["def"]),
        ([hint(2, 4), hint(0, 1)], ["a", "cd"]),
        ([hint(0, 4), hint(2, 6)], ["abcd"]),
        ([hint(0, 2), hint(0, 4)], ["abcd"]),
        ([hint(4, 9)], []),
        ([hint(0, 6, "b")], []),
    ],
)
def test_marked_text_is_the_text(hints: list[HintOut], marks: list[str]) -> None:
    """Hints that overlap, that reach too far, or are of another text."""
    pieces = marked("abcdef", "a", hints)
    assert "".join(one.text for one in pieces) == "abcdef"
    assert [one.text for one in pieces if one.hint] == marks
