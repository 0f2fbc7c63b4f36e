"""Media with local features, and where the record holds their values."""

import random
from functools import cache

from alembic import command
from sqlalchemy import Engine, func, select

from casework.domain.media import Collection, Media, SubmittedMedia
from casework.persistence import tables
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import SLOTTED, Slot, layout_of
from casework.persistence.schema import alembic_config, migrate
from casework.persistence.unit_of_work import SqlUnitOfWork
from matcher.signals.base import Signal
from matcher.signals.local import extract_reference
from matcher.signals.scenes import Scene, signal_of
from tests.casework.persistence.records import VAULT
from tests.helpers.media.textures import texture

BEFORE = "0038"

Change = tuple[int, str, int, str, bytes | None]
"""seq, op, item, signal type, value"""


@cache
def scenes() -> Signal:
    """Return the signal of a video of two scenes."""
    return signal_of([Scene(float(n), n + 1.0, extract_reference(texture(seed))) for n, seed in enumerate((41, 42))])


def local(choices: random.Random) -> Signal:
    """Return a signal of a type whose values are long."""
    return Signal("local/1", choices.randbytes(choices.choice((1, 900, 11_000))))


def stored(uow: SqlUnitOfWork, *signals: Signal) -> Media:
    """Store media with these signals."""
    return uow.media.add(SubmittedMedia("image", 1, 1, None, signals), case_id=None, position=0)


def all_changes(engine: Engine, collection: Collection) -> dict[Slot | Collection, list[Change]]:
    """Read the whole of each log of a collection, a few changes at a time."""
    with engine.connect() as connection:
        reader = IndexLogReader(connection)
        logs = layout_of(connection, collection).slots if collection in SLOTTED else [collection]
        found: dict[Slot | Collection, list[Change]] = {}
        for log in logs:
            changes = found.setdefault(log, [])
            while rows := reader.after(log, len(changes), limit=7):
                changes += [(one["seq"], one["op"], one["item_id"], one["signal_type"], one["value"]) for one in rows]
        return found


def long_values(engine: Engine) -> tuple[int, int, int]:
    """Count the rows of `signals`, `items` and `index_changes` that hold a value longer than a hash's."""
    columns = (tables.signals.c.value, tables.items.c.value, tables.index_changes.c.own_value)
    with engine.connect() as connection:
        signals, items, changes = (
            connection.execute(select(func.count()).where(func.length(one) > 32)).scalar_one() for one in columns
        )
    return signals, items, changes


def as_before(engine: Engine) -> None:
    """Have every row hold its values as versions before wrote them."""
    with engine.connect() as connection:
        command.downgrade(alembic_config(connection), BEFORE)
    migrate(engine, VAULT)
