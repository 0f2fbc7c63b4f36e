"""Which decisions are looked at twice is chosen by chance, and stays chosen."""

from datetime import UTC, datetime

import pytest

from casework.domain.cases.second_look import chosen_endings, is_chosen
from casework.domain.ids import first_id, new_id

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(("percent", "chosen"), [(0, 0), (2, 20), (50, 512), (100, 1_024)])
def test_as_many_of_all_endings_are_chosen_as_the_setting_says(percent: float, chosen: int) -> None:
    """Each ending is as likely as the others."""
    endings = chosen_endings(percent)
    assert len(endings) == len(set(endings)) == chosen
    assert all(is_chosen(f"dec_0{one}", percent) for one in endings)


def test_every_id_ends_with_one_of_them() -> None:
    """None is left out at all, and none comes in where nobody asks."""
    ids = [new_id("dec", NOW) for _ in range(200)]
    assert all(is_chosen(one, 100) for one in ids)
    assert not any(is_chosen(one, 0) for one in ids)


def test_who_is_chosen_at_few_is_chosen_at_more() -> None:
    """A larger share asks about the same decisions, and others."""
    assert set(chosen_endings(2)) < set(chosen_endings(5)) < set(chosen_endings(100))


def test_ids_of_before_and_after_a_moment_are_told_apart_without_reading_them() -> None:
    """So is a stretch of time read by its ids."""
    later = datetime(2026, 11, 29, 12, 0, 1, tzinfo=UTC)
    assert new_id("dec", NOW) < first_id("dec", later) <= new_id("dec", later)
    assert len(first_id("dec", later)) == len(new_id("dec", later)) - 16
