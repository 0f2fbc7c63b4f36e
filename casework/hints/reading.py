"""Texts -> hints, and what they say against the conduct a report states."""

from collections.abc import Iterable, Mapping

from casework.domain.cases.hint import Hint, HintKind
from casework.domain.facts import Conduct
from casework.hints.folding import fold
from casework.hints.kinds import HINT_KINDS, HintRow

_PRESSING = frozenset(
    {
        Conduct.THREAT_TO_EXPOSE,
        Conduct.INCENTIVISE_OTHERS,
        Conduct.DEMAND_MONEY,
        Conduct.OFFER_BOUNTY,
        Conduct.SHARE_CREDENTIALS,
    }
)
"""What one rule answers alike: a demand for money that is reported as a threat is reported right."""


def find_hints(of_the_post: Mapping[str, str | None], *, of_the_reporter: Mapping[str, str | None]) -> tuple[Hint, ...]:
    """
    Find what a person should look at.

    Args:
        of_the_post: What the post says, by the name of the field.

        of_the_reporter: What the reporter says, by the name of the field.

    Returns:
        By field, then place.
    """
    own_rows = [row for row in HINT_KINDS if row.of_reporter]
    found = [hint for name, text in of_the_post.items() for hint in _in_text(name, text, HINT_KINDS)]
    found += [hint for name, text in of_the_reporter.items() for hint in _in_text(name, text, own_rows)]
    return tuple(found)


def notices_about(hints: Iterable[Hint], conduct: Conduct) -> tuple[str, ...]:
    """Say, in sentences, where the words look like another conduct than the one that is stated."""
    kinds = {one.kind for one in hints}
    return tuple(
        f"The text looks like {row.looks_like}; conduct says {conduct.value.replace('_', ' ')}."
        for row in HINT_KINDS
        if row.kind in kinds and row.conduct is not None and not _is_said(row.conduct, conduct)
    )


def looks_under_age(hints: Iterable[Hint]) -> bool:
    """Tell whether some words say that a person is under age."""
    return any(one.kind is HintKind.MINOR for one in hints)


def _is_said(looks: Conduct, stated: Conduct) -> bool:
    pressing = stated in _PRESSING and looks in {
        *_PRESSING,
        Conduct.PRIVATE_INFO,
    }  # a number in a threat is the threat's
    return looks is stated or pressing


def _in_text(name: str, text: str | None, rows: Iterable[HintRow]) -> list[Hint]:
    if not text:
        return []
    folded = fold(text)
    found = {(row.kind, *folded.place(start, end)) for row in rows for start, end in row.find(folded)}
    return [
        Hint(kind, name, start, end) for kind, start, end in sorted(found, key=lambda one: (one[1], one[2], one[0]))
    ]
