"""Files are given out once, again after a death, then one by one, and the one that kills is given up alone."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from api.cli.backfilling.dealing import TRIES, Block, Dealing
from api.cli.backfilling.messages import FileToHash


def files(count: int) -> list[FileToHash]:
    """Make up files."""
    return [FileToHash(number, f"{number}.jpg") for number in range(count)]


def dealing(count: int) -> Dealing:
    """Have files wait."""
    found = Dealing()
    found.add(files(count))
    return found


def taken(dealt: Dealing, most: int = 4) -> Block:
    """Take a block of what is known to wait."""
    block = dealt.take(most)
    assert block is not None
    return block


def test_what_was_answered_before_a_death_is_not_given_out_again() -> None:
    """A machine answers file by file, so a death costs those it was at."""
    dealt = dealing(4)
    block = taken(dealt)
    del block.files[0], block.files[2]
    assert dealt.lost(block) == []
    assert sorted(taken(dealt).files) == [1, 3]


def test_a_machine_that_died_with_nothing_left_to_do_costs_no_file() -> None:
    """It may die between its last answer and its end: nothing is given out, and nothing given up."""
    dealt = dealing(1)
    block = taken(dealt)
    block.files.clear()
    assert dealt.lost(block) == []
    dealt.add([FileToHash(9, "9.jpg")])
    assert list(taken(dealt).files) == [9]


@given(count=st.integers(1, 40), most=st.integers(1, 9), bad=st.sets(st.integers(0, 39)))
def test_every_file_is_answered_or_given_up_once_whoever_dies(count: int, most: int, bad: set[int]) -> None:
    """Bad files end whatever has them; those alone are given up, and all others answered once."""
    dealt, answered, given_up = dealing(count), [], []
    while len(answered) + len(given_up) < count:
        block = taken(dealt, most)
        for number in sorted(block.files):
            if number in bad:
                given_up += [file.number for file in dealt.lost(block)]
                break
            del block.files[number]
            answered.append(number)
    assert sorted(answered) == [number for number in range(count) if number not in bad]
    assert sorted(given_up) == [number for number in range(count) if number in bad]


def test_a_file_alone_is_tried_a_few_times() -> None:
    """One death may be chance: another process, a machine that was switched off."""
    dealt = dealing(1)
    for _ in range(TRIES - 1):
        assert dealt.lost(taken(dealt)) == []
    assert [file.number for file in dealt.lost(taken(dealt))] == [0]


def test_who_waits_for_files_is_let_go_at_the_end() -> None:
    """A machine's thread must not wait for files of a run that is over."""
    dealt, got = Dealing(), []
    waiting = threading.Thread(target=lambda: got.append(dealt.take(1)))
    waiting.start()
    dealt.close()
    waiting.join(60)
    assert got == [None]
