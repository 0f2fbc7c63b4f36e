"""A pull from an exchange, killed again and again: nothing twice, nothing lost, what was taken back is off the list."""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from api.bootstrap import open_service
from api.settings import Settings
from casework.domain.actor import Actor, Role
from casework.handlers.exchanging.looking_after import AddExchange, add_exchange
from tests.crash.processes import forked
from tests.helpers.counterparts.hash_servers import OPTIONS, SECRETS, HashServer, hash_server
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import prepare_empty, record_url
from tests.helpers.running.waiting import eventually

KILLS = int(os.environ.get("STAYDOWN_TEST_KILLS", "2"))
HASHES = 60
SERVERS = ["stopncii", "threatexchange", "ncmec"]

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment_a_pull_loses_nothing_and_adds_nothing_twice(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """While hashes come, change and are taken back: in the end the list is what the server has."""
    rng = random.Random(kind)
    with record_url(kind, request) as url, hash_server() as server:
        values = {
            "data": str(tmp_path / "data"),
            "database_url": url,
            "decode_workers": "1",
            "allow_private_destinations": "true",
            "ncmec": "true",
        }
        environment = {**os.environ, **{f"STAYDOWN_{name.upper()}": value for name, value in values.items()}}
        settings = Settings(_env_file=None, **values)
        prepare_empty(settings)
        server_kind = SERVERS[rng.randrange(len(SERVERS))]
        set_up(settings, server, server_kind)
        for number in range(HASHES):
            server.put(number, rng.randbytes(32).hex())
        for _ in range(KILLS):
            change(server, rng, server_kind)
            kill_in_the_middle(server, environment, rng)
        for _ in range(2):  # to the end of the pages that were begun, and what changed since
            process = forked.start(forked.pull, environment=environment)
            process.join(60)
            assert process.exitcode == 0
        matched, records = what_matches(settings)
        assert matched == Counter(server.standing())
        assert records == {"held": len(server.standing())}


def change(server: HashServer, rng: random.Random, kind: str) -> None:
    """Let some hashes come, change and go, while nobody looks."""
    numbers = sorted(server.records)
    for _ in range(6):
        server.put(len(server.records), rng.randbytes(32).hex())
        server.withdraw(rng.choice(numbers))
        if kind != "stopncii":  # where another hash is another record
            server.put(rng.choice(numbers), rng.randbytes(32).hex())


def kill_in_the_middle(server: HashServer, environment: dict[str, str], rng: random.Random) -> None:
    """Start a pull, and kill it some pages and milliseconds after it began."""
    pages = len(server.asked) + rng.randrange(1, 12)
    process = forked.start(forked.pull, environment=environment)
    eventually(lambda: len(server.asked) >= pages or not process.is_alive(), bool)
    time.sleep(rng.random() * 0.03)  # a moment within a page, which nobody could wait for
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join(60)


def set_up(settings: Settings, server: HashServer, kind: str) -> None:
    """Set the exchange up."""
    actor = Actor(id="cli", name="command line", role=Role.ADMIN)
    command = AddExchange(
        actor, "PARTNER", kind, server.address(kind), OPTIONS[kind], SECRETS[kind], False, False, 3_600
    )
    with open_service(settings) as service, service.writing() as uow:
        add_exchange(command, uow)


def what_matches(settings: Settings) -> tuple[Counter[str], dict[str, int]]:
    """Count the hashes that match, as the index finds them, and the records by which they do."""
    matched: Counter[str] = Counter()
    with open_service(settings) as service, service.reading() as uow:
        entry_ids = []
        for takedown_id in uow.takedowns.of_source("PARTNER"):
            matched.update(one.signal.value.hex() for one in uow.index_log.of_owner(takedown_id))
            media_ids = uow.takedowns.references(takedown_id)
            entry_ids += [one.id for one in uow.hash_lists.entries_on(media_ids).values()]
        held = uow.exchange_records.held_by(entry_ids)
        assert len(entry_ids) == sum(matched.values())
        return matched, dict(Counter(one.state.value for one in held))
