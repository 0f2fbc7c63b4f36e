"""What the service says, as the client's words: a program compares them as they stand."""

import pytest
from staydown_client import Match, Strength

RAW = {"takedown_id": "tkd_1", "verdict": "hold"}


@pytest.mark.parametrize("word", list(Strength))
def test_a_strength_is_one_of_its_words(word: Strength) -> None:
    """`is` was never true of a text, and nobody was told."""
    assert Match.of({**RAW, "strength": word.value}).strength is word


def test_a_strength_of_a_newer_service_is_the_weakest() -> None:
    """A program that acts on strong matches alone does not act on what it cannot judge."""
    match = Match.of({**RAW, "strength": "certain"})
    assert match.strength is Strength.WEAK
    assert match.raw["strength"] == "certain"


def test_what_is_no_word_is_no_strength() -> None:
    """It is no answer of Staydown's."""
    with pytest.raises(ValueError, match="None"):
        Match.of({**RAW, "strength": None})
