"""Every kind of hint: how it is found, how it is called, and which conduct it looks like. One row a kind."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from casework.domain.cases.hint import HintKind
from casework.domain.facts import Conduct
from casework.hints.access import find_credentials, find_emails
from casework.hints.folding import Folded
from casework.hints.identity import find_id_numbers
from casework.hints.numbers import find_phone_numbers
from casework.hints.phrases import Phrase, find_phrases
from casework.hints.words.bounty import BOUNTY
from casework.hints.words.minor import MINOR
from casework.hints.words.money import MONEY
from casework.hints.words.threat import THREAT

Finder: TypeAlias = Callable[[Folded], Iterator[tuple[int, int]]]
"""Returns where something stands in a folded text: first character, and after the last."""


@dataclass(frozen=True, slots=True)
class HintRow:
    """
    One kind of hint.

    Args:
        kind: Which.

        find: How.

        looks_like: What a person reads: "The text looks like …".

        conduct: The conduct that a post with it would have; None where it says nothing of that.

        of_reporter: Whether the reporter's own words are searched, too: their number is no wrong, their age matters.
    """

    kind: HintKind
    find: Finder
    looks_like: str
    conduct: Conduct | None
    of_reporter: bool = False


def _said_by(phrases: Sequence[Phrase]) -> Finder:
    return partial(_find, phrases)


def _find(phrases: Sequence[Phrase], text: Folded) -> Iterator[tuple[int, int]]:
    return find_phrases(text.text, phrases)


HINT_KINDS: tuple[HintRow, ...] = (
    HintRow(HintKind.THREAT, _said_by(THREAT), "a threat", Conduct.THREAT_TO_EXPOSE),
    HintRow(HintKind.MONEY, _said_by(MONEY), "a demand for money", Conduct.DEMAND_MONEY),
    HintRow(HintKind.BOUNTY, _said_by(BOUNTY), "a bounty", Conduct.OFFER_BOUNTY),
    HintRow(HintKind.CREDENTIALS, find_credentials, "credentials of an account", Conduct.SHARE_CREDENTIALS),
    HintRow(HintKind.PHONE_NUMBER, find_phone_numbers, "a phone number", Conduct.PRIVATE_INFO),
    HintRow(HintKind.EMAIL, find_emails, "an e-mail address", Conduct.PRIVATE_INFO),
    HintRow(HintKind.ID_NUMBER, find_id_numbers, "the number of an identity document", Conduct.PRIVATE_INFO),
    HintRow(HintKind.MINOR, _said_by(MINOR), "somebody under age", None, of_reporter=True),
)
