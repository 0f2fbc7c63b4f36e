"""A value lies in the record once, and whoever reads it finds what lay in every row before."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from casework.domain.media import Collection, Media
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.moving_slots import move_to_slots
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import slot_number
from matcher.signals import searched_as
from matcher.signals.base import Signal
from tests.casework.persistence.index_log.values_in_record import all_changes, local, long_values, scenes, stored
from tests.casework.persistence.records import writing
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import empty_record

UPLOADS, TAKEDOWNS = Collection.UPLOADS, Collection.TAKEDOWNS
STEPS = 120


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Open an empty record."""
    with empty_record(request.param, request, tmp_path) as url:
        engine = open_database(url)
        yield engine
        engine.dispose()


def test_features_of_a_picture_lie_in_the_record_once(record: Engine) -> None:
    """12 KB a picture: of a billion uploads that is 12 TB, and was 36."""
    choices = random.Random(1)
    with writing(record) as uow:
        for n in range(60):  # as many as are stored by COPY
            media = stored(
                uow, Signal("pdq/1", choices.randbytes(32), 100), Signal("local/1", choices.randbytes(9_000))
            )
            uow.index_log.add(UPLOADS, f"upl_{n}", media)
            uow.index_log.add(TAKEDOWNS, f"tkd_{n}", media)
    assert long_values(record) == (60, 0, 0)


def test_features_of_a_videos_scenes_lie_in_its_signal_and_in_items(record: Engine) -> None:
    """They are no signals of their own; the log has none of them."""
    with writing(record) as uow:
        uow.index_log.add(UPLOADS, "upl_1", stored(uow, scenes()))
    assert long_values(record) == (1, 2, 0)


def some_media(choices: random.Random) -> list[Signal]:
    """Return signals as media may have them, in any order."""
    signals = [Signal("sha256/1", choices.randbytes(32)), Signal("pdq/1", choices.randbytes(32), 90)]
    more = choices.choice(([local(choices)], [local(choices)], [scenes()], [local(choices), scenes()], []))
    if choices.random() < 0.1:
        more = [*more, local(choices)]  # no border lets two in; a record may have them
    signals += more
    choices.shuffle(signals)
    return signals


class Model:
    """What versions before would have in their rows: every value in each of them."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, int, str, bytes | None]] = []
        self.live: dict[str, dict[int, Signal]] = {}
        self.removed: dict[str, dict[int, Signal]] = {}
        self.erased: set[int] = set()
        self.signals_gone: set[str] = set()

    def expected(self, slot: int, slots: int) -> list[tuple[int, str, int, str, bytes | None]]:
        """Return the log of one slot."""
        own = [one for one in self.changes if slot_number(one[1], slots) == slot]
        return [
            (seq, op, item, kind, None if item in self.erased else value)
            for seq, (op, item, kind, value) in enumerate(own, start=1)
        ]


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_readers_find_what_rows_with_every_value_said(record: Engine, slots: int, seed: int) -> None:
    """Whatever is added, removed, erased and moved: followers, rebuilds and answers see the same bytes as before."""
    choices, model = random.Random(seed), Model()
    move_to_slots(record, UPLOADS, slots)
    media_of: dict[str, Media] = {}
    for step in range(STEPS):
        owner = f"upl_{step}"
        with writing(record) as uow:
            done = choices.random()
            if done < 0.5 or not model.live:
                media = stored(uow, *some_media(choices))
                if choices.random() < 0.2:  # as a copy of which only a part is banked
                    media = replace(media, signals=tuple(one for one in media.signals if one.type != "pdq/1"))
                media_of[owner] = media
                uow.index_log.add(UPLOADS, owner, media)
                uow.index_log.flush()
                newest = sorted(item.id for item in uow.index_log.of_owner(owner))
                model.live[owner] = dict(zip(newest, searched_as(media.signals), strict=True))
                model.changes += [("add", item, one.type, one.value) for item, one in model.live[owner].items()]
            elif done < 0.75:
                owner = choices.choice(list(model.live))
                uow.index_log.remove(UPLOADS, owner)
                gone = model.removed[owner] = model.live.pop(owner)
                model.changes += [("remove", item, one.type, None) for item, one in gone.items()]
            elif done < 0.9 and model.removed:
                owner = choices.choice(list(model.removed))
                uow.media.erase([media_of[owner].id])
                uow.index_log.erase([owner], [media_of[owner].id])
                model.erased |= model.removed.pop(owner).keys()
            else:  # signals are erased, and an item of them lives on: it has what it had
                owner = choices.choice(list(model.live))
                uow.media.erase([media_of[owner].id])
                model.signals_gone.add(owner)
    logs = all_changes(record, UPLOADS)
    assert list(logs.values()) == [model.expected(slot, slots) for slot in range(slots)]
    live = {item: one for items in model.live.values() for item, one in items.items()}
    with record.connect() as connection:
        rebuilt = {one.id: one.signal for one in IndexLogReader(connection).live_items(UPLOADS, batch=11)}
    assert rebuilt == live
    with writing(record) as uow:
        assert {one.id: one.signal for one in uow.index_log.items(live).values()} == live
        for owner, items in model.live.items():
            assert {one.id: one.signal for one in uow.index_log.of_owner(owner)} == items
    assert model.signals_gone & model.live.keys()


def test_value_of_a_removed_item_goes_with_its_signal(record: Engine) -> None:
    """Erased means gone, from whichever of the tables it is taken; the change stays, so that no follower misses one."""
    with writing(record) as uow:
        media = stored(uow, Signal("local/1", b"features"))
        uow.index_log.add(TAKEDOWNS, "tkd_1", media)
        uow.index_log.remove(TAKEDOWNS, "tkd_1")
    (before,) = all_changes(record, TAKEDOWNS).values()
    assert [one[4] for one in before] == [b"features", None]
    with writing(record) as uow:
        uow.media.erase([media.id])
    (after,) = all_changes(record, TAKEDOWNS).values()
    assert after == [(*one[:4], None) for one in before]
    assert held_anywhere(record, b"features") == 0


def test_item_without_any_value_is_not_found_and_is_named(record: Engine) -> None:
    """A signal that another program deleted costs itself alone: no question ends with an error for it."""
    with writing(record) as uow:
        uow.index_log.add(TAKEDOWNS, "tkd_1", stored(uow, Signal("local/1", b"features"), Signal("pdq/1", bytes(32))))
        (item, other) = (one.id for one in uow.index_log.of_owner("tkd_1"))
    with record.connect() as connection, connection.begin():
        connection.execute(tables.signals.delete().where(tables.signals.c.signal_type == "local/1"))
    with writing(record) as uow:
        assert list(uow.index_log.items([item, other])) == [other]
    with record.connect() as connection:
        live = {one.id: one.signal.value for one in IndexLogReader(connection).live_items(TAKEDOWNS)}
    assert live == {item: b"", other: bytes(32)}


def held_anywhere(engine: Engine, value: bytes) -> int:
    """Count the rows that hold a value."""
    columns = (tables.signals.c.value, tables.items.c.value, tables.index_changes.c.own_value)
    with engine.connect() as connection:
        counts = [connection.execute(select(func.count()).where(one == value)).scalar_one() for one in columns]
    return sum(counts)
