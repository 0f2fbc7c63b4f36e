"""Identifiers: many made at once are like those made one by one."""

from datetime import UTC, datetime, timedelta

from casework.domain.ids import first_id, new_id, new_ids

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)


def test_many_ids_look_like_single_ones_and_sort_in_their_place() -> None:
    """Lists are paged by id alone, whoever made it."""
    many = new_ids("med", NOW, 1_000)
    single = new_id("med", NOW)
    assert len(set(many)) == 1_000
    assert {len(one) for one in many} == {len(single)}
    assert set("".join(one.removeprefix("med_") for one in many)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert many == sorted(many)
    assert first_id("med", NOW) <= many[0]
    assert many[-1] < new_id("med", NOW + timedelta(milliseconds=1))
    assert new_ids("med", NOW, 0) == []
