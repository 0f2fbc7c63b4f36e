"""What is to be tried: read whole, or refused with every problem."""

import pytest

from casework.domain.errors import PolicyChangeError
from casework.domain.takedowns.trust import Lack
from casework.policy import POLICY_VERSION
from casework.policy.replay.change import read_change


def test_threshold_alone_leaves_the_table_as_it_runs() -> None:
    """Whoever asks about a threshold gets its effect, and nothing else."""
    change = read_change(thresholds={"pdq/1": 20, "local/1": 3.5})
    assert change.tried is change.running
    assert change.running.version == POLICY_VERSION
    assert change.thresholds == {"pdq/1": 20, "local/1": 3.5}
    assert change.notes == ()


def test_looser_threshold_says_what_cannot_be_known() -> None:
    """Copies that only it would find are not on record: a count without them would be read as harmless."""
    (note,) = read_change(thresholds={"pdq/1": 40}).notes
    assert note.startswith("pdq/1 40 is looser than 31, which runs")
    assert "not counted" in note


@pytest.mark.parametrize(
    ("thresholds", "where", "said"),
    [
        ({"pdq": 3}, "thresholds.pdq", "there are pdq/1, phash/1"),
        ({"sha256/1": 3}, "thresholds.sha256/1", "there is no such threshold"),
        ({"pdq/1": 257}, "thresholds.pdq/1", "must be from 0 to 256 bits, not 257"),
        ({"pdq/1": 10**400}, "thresholds.pdq/1", "must be from 0"),
        ({"pdq/1": -1}, "thresholds.pdq/1", "must be from 0"),
        ({"pdq/1": 1.5}, "thresholds.pdq/1", "must be a whole number"),
        ({"pdq/1": True}, "thresholds.pdq/1", "must be a whole number"),
        ({"pdq/1": "20"}, "thresholds.pdq/1", "must be a whole number"),
        ({"pdq/1": float("nan")}, "thresholds.pdq/1", "must be a whole number"),
        ({"pdq/1": float("inf")}, "thresholds.pdq/1", "must be a whole number"),
        ({"local/1": float("nan")}, "thresholds.local/1", "must be from 0"),
    ],
)
def test_odd_threshold_is_refused_by_name(thresholds: dict[str, object], where: str, said: str) -> None:
    """A slip must not be tried as something else."""
    with pytest.raises(PolicyChangeError) as refused:
        read_change(thresholds=thresholds)
    (problem,) = refused.value.errors
    assert problem.field == where
    assert said in problem.message


def test_rules_of_trust_are_left_out_by_id_or_by_what_is_lacking() -> None:
    """Those that are said to count stay as they run."""
    change = read_change(trust={"T01": False, "look": False, "T05": True})
    assert change.trust == {Lack.SIGNATURE, Lack.LOOK}
    assert change.counting((Lack.SIGNATURE, Lack.STATEMENTS)) == (Lack.STATEMENTS,)


@pytest.mark.parametrize(
    ("trust", "said"),
    [({"T09": False}, "there is no such rule; there are T01, signature"), ({"T01": "no"}, "must be true or false")],
)
def test_odd_rule_of_trust_is_refused_by_name(trust: dict[str, object], said: str) -> None:
    """Nothing else is left out in its place."""
    with pytest.raises(PolicyChangeError, match=said):
        read_change(trust=trust)


def test_change_of_nothing_is_refused() -> None:
    """An empty answer would be taken for "no effect"."""
    with pytest.raises(PolicyChangeError, match="name what is to be tried"):
        read_change()
    with pytest.raises(PolicyChangeError, match="name what is to be tried"):
        read_change(trust={"T01": True})
