"""The two words a decision leaves on media: the verdict on a copy, and how the media is banked."""

from casework.domain.banking import HashAction
from casework.domain.verdict import Verdict


def test_the_strictest_verdict_is_the_greatest() -> None:
    """Of several matches the strictest counts; sorted as text, `hold` would come after `block`."""
    assert sorted(Verdict, reverse=True) == [Verdict.BLOCK, Verdict.HOLD, Verdict.ALLOW]
    assert max(Verdict.HOLD, Verdict.BLOCK) is Verdict.BLOCK
    assert not Verdict.HOLD < Verdict.HOLD <= Verdict.HOLD


def test_media_that_acts_by_itself_is_banked() -> None:
    """Whatever is not in the index finds no copies, so nothing can happen to them."""
    assert all(action.is_banked for action in HashAction if action.acts_by_itself)
    assert not any(action.is_banked for action in (HashAction.NONE, HashAction.NONE_UNTIL_DECIDED))
