"""Pulling from a server that misbehaves: what was committed stays, and it is asked again when it may be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.background.exchanging.pulling import asker_of, pull_all
from api.service import Service
from casework.domain.actor import Actor, Role
from casework.domain.errors import LeaseLostError, WrongStateError
from casework.domain.exchanges.exchange import Exchange
from casework.handlers.exchanging.looking_after import AddExchange, add_exchange, pause_exchange, remove_exchange
from casework.handlers.exchanging.pulling import claim_pull
from tests.api.conftest import running, settings_in
from tests.helpers.counterparts.hash_servers import OPTIONS, SECRETS, HashServer, hash_server

OPERATOR = Actor(id="cli", name="command line", role=Role.ADMIN)
KINDS = ["stopncii", "threatexchange", "ncmec"]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Open a service that reaches this machine, without a worker."""
    chosen = {"worker": False, "allow_private_destinations": True, "ncmec": True}
    with running(settings_in(tmp_path_factory.mktemp("pulling"), **chosen)) as staydown:
        yield staydown.service


@pytest.fixture
def server() -> Iterator[HashServer]:
    """Run a server with ten hashes."""
    with hash_server() as running_server:
        for number in range(10):
            running_server.put(number, f"{number:02x}" * 32)
        yield running_server


def added(service: Service, server: HashServer, kind: str, name: str) -> Exchange:
    """Set an exchange up."""
    command = AddExchange(OPERATOR, name, kind, server.address(kind), OPTIONS[kind], SECRETS[kind], False, False, 3_600)
    with service.writing() as uow:
        return add_exchange(command, uow)


def pulled(service: Service, exchange: Exchange, pages: int = 1_000) -> Exchange:
    """Pull everything there is, or some pages."""
    with service.writing() as uow:
        claimed = claim_pull(uow, exchange.id)
    assert claimed is not None
    left = iter(range(pages))
    return pull_all(service, asker_of(service), claimed, go_on=lambda: next(left, None) is not None)


def listed(service: Service, name: str) -> list[str]:
    """Return the hashes of a list that match, sorted."""
    found = []
    with service.reading() as uow:
        for takedown_id in uow.takedowns.of_source(name):
            for media in uow.media.many(uow.takedowns.references(takedown_id)).values():
                found += [one.value.hex() for one in media.signals]
    return sorted(found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["429 90", "500", "nonsense", "drop", "redirect", "401", "503"])
def test_after_a_failure_it_goes_on_behind_the_last_page(
    service: Service, server: HashServer, kind: str, how: str
) -> None:
    """What a server asked for by `Retry-After` is no failure; everything else makes the pauses longer."""
    exchange = added(service, server, kind, f"F_{kind}_{how.replace(' ', '_')}")
    server.behave = ["ok", how, how if how == "401" else "ok"]
    failed = pulled(service, exchange)
    assert failed.last_error is not None
    assert failed.lease is None
    assert 0 < len(listed(service, exchange.name)) < 10
    assert failed.failures == (0 if how in ("429 90", "503") else 1)
    if how == "429 90":
        waits = failed.next_pull_at - service.clock.now()
        assert timedelta(seconds=80) < waits <= timedelta(seconds=90)
    secrets = [value for value in SECRETS[kind].values() if len(value) > 6]
    assert not any(one in failed.last_error for one in secrets)
    server.behave = []
    whole = pulled(service, failed)
    assert (whole.last_error, whole.failures, whole.up_to_date) == (None, 0, True)
    assert listed(service, exchange.name) == sorted(server.standing())


def test_a_page_that_is_no_longer_known_begins_its_set_again(service: Service, server: HashServer) -> None:
    """Page tokens are good for a while only; what was pulled before is not there twice."""
    exchange = pulled(service, added(service, server, "stopncii", "STALE"), pages=2)
    server.tokens_are_stale = True
    server.page_size = 100
    with service.writing() as uow:
        uow.exchanges.update(replace_lease(uow.exchanges.get(exchange.id)))
    whole = pulled(service, exchange)
    assert (whole.pulled, whole.up_to_date) == (10, True)
    assert listed(service, "STALE") == sorted(server.standing())


def replace_lease(exchange: Exchange) -> Exchange:
    """Let the lease of a process that died have run out."""
    return replace(exchange, lease=None)


def test_after_too_long_everything_is_asked_for_anew_and_what_is_gone_taken_off(
    service: Service, server: HashServer
) -> None:
    """ThreatExchange forgets what it deleted after 90 days: what does not come then is there no more."""
    exchange = pulled(service, added(service, server, "threatexchange", "LONG_AGO"))
    server.forget(3)
    server.forget(4)
    pulled(service, exchange)
    assert len(listed(service, "LONG_AGO")) == 10
    with service.writing() as uow:
        current = uow.exchanges.get(exchange.id)
        uow.exchanges.update(replace(current, completed_at=uow.now - timedelta(days=86)))
    whole = pulled(service, exchange)
    assert (whole.round, whole.clearing, whole.up_to_date) == (2, False, True)
    assert listed(service, "LONG_AGO") == sorted(server.standing())


def test_what_was_paused_or_removed_meanwhile_writes_nothing_more(service: Service, server: HashServer) -> None:
    """The page that is under way is dropped: nobody asked for it any more."""
    exchange = added(service, server, "stopncii", "PAUSED")
    with service.writing() as uow:
        claimed = claim_pull(uow, exchange.id)
        pause_exchange("PAUSED", OPERATOR, uow)
    assert claimed is not None
    with pytest.raises(LeaseLostError):
        pull_all(service, asker_of(service), claimed)
    assert listed(service, "PAUSED") == []
    with pytest.raises(WrongStateError, match="resume it first"), service.writing() as uow:
        claim_pull(uow, exchange.id)
    with service.writing() as uow:
        removed = remove_exchange("PAUSED", OPERATOR, uow)
        assert (uow.exchanges.get(removed.id).secrets, uow.exchanges.named("PAUSED")) == (None, None)


def test_two_processes_do_not_pull_from_one_exchange(service: Service, server: HashServer) -> None:
    """The second is told, and takes nothing."""
    exchange = added(service, server, "stopncii", "ONCE")
    with service.writing() as uow:
        claim_pull(uow, exchange.id)
    with pytest.raises(WrongStateError, match="another process"), service.writing() as uow:
        claim_pull(uow, exchange.id)


def test_what_the_operator_has_not_allowed_is_not_asked(tmp_path: Path, server: HashServer) -> None:
    """NCMEC's lists show children; without a route for that, nothing of them is taken."""
    with running(settings_in(tmp_path, worker=False, allow_private_destinations=True)) as staydown:
        exchange = pulled(staydown.service, added(staydown.service, server, "ncmec", "NCMEC"))
        assert "STAYDOWN_NCMEC=true" in (exchange.last_error or "")
    assert server.asked == []


def test_an_address_of_this_machine_is_not_reached_unless_allowed(tmp_path: Path, server: HashServer) -> None:
    """The same walls as for webhooks: an exchange's address is typed in by somebody."""
    with running(settings_in(tmp_path, worker=False)) as staydown:
        exchange = pulled(staydown.service, added(staydown.service, server, "stopncii", "INSIDE"))
        assert "not a public address" in (exchange.last_error or "")
    assert server.asked == []


def test_odd_records_are_set_aside_and_kinds_that_are_not_searched_passed_over(
    service: Service, server: HashServer
) -> None:
    """One bad record is not the end of a feed."""
    exchange = added(service, server, "stopncii", "ODD")
    server.extra = [{"signalType": "ImagePDQ"}, {"signalType": "New"}, {"signalType": "VideoMD5", "hashValue": "00"}]
    whole = pulled(service, exchange)
    assert (whole.pulled, whole.set_aside, whole.passed_over) == (10, 2, 1)
