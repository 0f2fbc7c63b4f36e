"""What comes out otherwise, counted: a line for each way, with a few examples."""

from casework.policy.replay.judging_again import Result
from casework.policy.replay.tally import Change, Example, ReplayKind, Tally

BEFORE = Result("R07", "REMOVE", "bank_context_free")
AFTER = Result("R07", "NUDITY_REVIEW", "hold_match_only")


def tallied(count: int, *, examples: int = 3, after: Result = AFTER) -> Tally:
    """Count decisions that come out alike."""
    tally = Tally(examples)
    for number in range(count):
        tally.add(Change(ReplayKind.DECISION, BEFORE, after, decided="uphold"), Example(f"case_{number}"))
    return tally


def test_things_that_come_out_alike_are_one_line_with_a_few_examples() -> None:
    """A hundred thousand cases make an answer a person can read."""
    ((change, line),) = tallied(1_000).lines
    assert (change.before, change.after, line.count) == (BEFORE, AFTER, 1_000)
    assert [one.case_id for one in line.examples] == ["case_0", "case_1", "case_2"]


def test_counts_are_of_all_where_no_example_is_asked_for() -> None:
    """The count is the answer; examples are for looking closer."""
    tally = tallied(7, examples=0)
    ((_, line),) = tally.lines
    assert (line.count, line.examples) == (7, [])
    assert (tally.replayed[ReplayKind.DECISION], tally.changed[ReplayKind.DECISION]) == (7, 7)


def test_what_comes_to_the_same_by_another_rule_is_no_change() -> None:
    """Renaming or splitting a rule must not look like a flood of other decisions; it is counted apart."""
    tally = tallied(5, after=Result("N01", BEFORE.outcome, BEFORE.hash_action))
    assert (tally.lines, tally.by_another_rule, tally.replayed[ReplayKind.DECISION]) == ([], 5, 5)
    assert tallied(5, after=BEFORE).by_another_rule == 0


def test_equally_frequent_changes_come_in_one_order_whatever_came_first() -> None:
    """Two answers about one record can be compared line by line."""
    kinds = [Change(ReplayKind.DECISION, BEFORE, AFTER, decided=decided) for decided in ("reject", "uphold")]
    there, back = Tally(), Tally()
    for one, other in zip(kinds, reversed(kinds), strict=True):
        there.add(one, Example("case_1"))
        back.add(other, Example("case_1"))
    assert [change for change, _ in there.lines] == [change for change, _ in back.lines]


def test_most_frequent_change_comes_first() -> None:
    """That is what decides whether a policy is put in force."""
    tally = tallied(2)
    for number in range(3):
        tally.add(Change(ReplayKind.OPEN_CASE, BEFORE, AFTER), Example(f"case_{number}"))
    assert [(change.kind, line.count) for change, line in tally.lines] == [
        (ReplayKind.OPEN_CASE, 3),
        (ReplayKind.DECISION, 2),
    ]
