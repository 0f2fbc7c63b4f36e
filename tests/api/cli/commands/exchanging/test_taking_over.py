"""Taking over a file that is read ahead: all of it, in whatever order it is stored, and told in its own."""

import io
import random
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from api.bootstrap import open_service, prepare_data
from api.cli.commands.exchanging.taking_over import TOGETHER, Imported, TakingOver
from api.service import Service
from api.settings import read_settings
from casework.domain.takedowns.hash_list import key_of
from casework.exchange.base import Rejected
from casework.exchange.pdq_text import PdqText
from casework.persistence import tables
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from matcher.signals.base import Signal
from tests.api.cli.conftest import Shell

MORE_THAN_ONE = TOGETHER + 500
RANDOM = random.Random(1)
VALUES = [RANDOM.randbytes(32) for _ in range(MORE_THAN_ONE)]


@pytest.fixture
def service(shell: Shell) -> Iterator[Service]:
    """Open a service over an empty folder."""
    settings = read_settings()
    prepare_data(settings)
    with open_service(settings) as opened:
        yield opened


def lines_of(values: list[bytes]) -> bytes:
    """Write a file, each hundredth line of which cannot be read."""
    lines = [value.hex() for value in values]
    lines[99::100] = [line[:-1] for line in lines[99::100]]
    return ("\n".join(lines) + "\n").encode()


def entries(service: Service) -> list[bytes]:
    """Return the value of each entry, in the order of their numbers."""
    listed, signals = tables.hash_list_entries.c, tables.signals.c
    query = select(signals.value).join_from(
        tables.hash_list_entries, tables.signals, listed.media_id == signals.media_id
    )
    with service.reader.connect() as connection:
        return list(connection.execute(query.order_by(listed.id)).scalars())


def test_a_long_file_is_stored_by_key_and_told_in_its_own_order(service: Service) -> None:
    """Hashes that lie beside each other in the index are written together; a line number means the file's line."""
    good = [value for place, value in enumerate(VALUES) if place % 100 != 99]
    file = io.BytesIO(lines_of(VALUES) + good[0].hex().encode() + b"\n")  # the first once more, in the last place
    told: list[Rejected] = []
    came_to: list[int] = []
    done = TakingOver(service, "PARTNER", LISTED_FACTS, on_reject=told.append).run(
        PdqText().read(file), position=file.tell, after_batch=lambda at, _: came_to.append(at)
    )
    assert (done.imported, done.known, done.rejected) == (len(good), 1, MORE_THAN_ONE // 100)
    assert [one.line for one in told] == list(range(100, MORE_THAN_ONE + 1, 100))
    assert came_to == sorted(came_to)
    assert (len(came_to), came_to[-1]) == (2, file.tell())
    assert entries(service) == sorted(good, key=lambda value: key_of([Signal("pdq/1", value)]))


def test_a_short_file_is_stored_as_it_stands(service: Service) -> None:
    """One transaction takes it all, and gains nothing from another order."""
    good = VALUES[:99]
    done = TakingOver(service, "PARTNER", LISTED_FACTS).run(PdqText().read(io.BytesIO(lines_of(good))))
    assert done == Imported(imported=99)
    assert entries(service) == good


def test_what_was_stored_when_it_was_stopped_is_passed_over(service: Service) -> None:
    """However far it came, the second run does the rest and nothing twice."""
    file = lines_of(VALUES)
    count = MORE_THAN_ONE - MORE_THAN_ONE // 100

    def stop(_at: int, _took_s: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TakingOver(service, "PARTNER", LISTED_FACTS).run(PdqText().read(io.BytesIO(file)), after_batch=stop)
    assert len(entries(service)) == TOGETHER
    done = TakingOver(service, "PARTNER", LISTED_FACTS).run(PdqText().read(io.BytesIO(file)))
    assert (done.imported, done.known) == (count - TOGETHER, TOGETHER)
    assert len(entries(service)) == len(set(entries(service))) == count
