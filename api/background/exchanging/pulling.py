"""
Pulling from servers of hashes: ask for a page outside any transaction, apply it in one, until there is no more.

Any number of workers may run; the lease says whose turn an exchange is. A page that was asked for and not committed is
asked for again.
"""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from api.background.leased_work import LeasedWork
from api.service import Service
from casework.delivery.asking import Asker, AskOptions
from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.exchange import Exchange
from casework.domain.media import Collection
from casework.exchange.servers import EXCHANGES
from casework.exchange.servers.base import ExchangeServer
from casework.handlers.exchanging.pulling import (
    ApplyPage,
    apply_page,
    claim_pull,
    clear_some,
    pull_failed,
    rewind_pull,
)
from casework.ports.asking import Asking

log = structlog.get_logger()

POLL_S: Final = 10.0


def asker_of(service: Service) -> Asking:
    """Return what asks servers of hashes, within the walls of webhooks."""
    return Asker(AskOptions(allow_private=service.settings.allow_private_destinations))


def pull_all(
    service: Service,
    asker: Asking,
    claimed: Exchange,
    *,
    go_on: Callable[[], bool] = lambda: True,
    after_page: Callable[[Exchange], object] = lambda _: None,
) -> Exchange:
    """
    Pull until everything there is has been read, or the server gives no page.

    Args:
        service: What this process holds.

        asker: Asks servers.

        claimed: The exchange, whose lease is ours.

        go_on: Asked before each page; what was not pulled then waits until the lease has run out.

        after_page: Told of each page that was applied.

    Returns:
        The exchange as it is then; `last_error` says why, where it gave no page.

    Raises:
        LeaseLostError: If it was paused or removed meanwhile, or another process took over.
    """
    exchange = claimed
    while exchange.lease is not None and go_on():
        exchange = _step(service, asker, exchange)
        after_page(exchange)
    return exchange


def _step(service: Service, asker: Asking, exchange: Exchange) -> Exchange:
    if exchange.clearing:
        with service.writing(gives_way=True) as uow:
            return clear_some(exchange, uow)
    row = EXCHANGES[exchange.kind]
    checkpoint, anew = row.begin(exchange, service.clock.now())
    try:
        require_allowed(row, ncmec=service.settings.ncmec)
        page = row.read(asker.ask(exchange.address, row.page(exchange, checkpoint)), checkpoint)
    except ExchangeFailedError as error:
        back = row.rewind(checkpoint) if error.for_good else None
        with service.writing(gives_way=True) as uow:
            if back is not None:
                return rewind_pull(exchange, back, uow)
            return pull_failed(exchange, str(error), error.retry_after_s, uow)
    command = ApplyPage(exchange, page, anew, row.facts)
    with service.writing(searches={Collection.PROTECTED}, gives_way=True) as uow:
        return apply_page(command, uow, service.replica)


def require_allowed(row: ExchangeServer, *, ncmec: bool) -> None:
    """
    Refuse a kind of server that the operator has to allow first, and has not.

    Raises:
        ExchangeFailedError: Saying why.
    """
    if row.off_because is not None and not ncmec:
        raise ExchangeFailedError(row.off_because, for_good=True)


class Puller:
    """
    Pulls from whatever is due.

    Args:
        service: What this process holds.

        asker: Asks servers.

        stop: Set to end it; the page under way is finished.
    """

    def __init__(self, service: Service, asker: Asking, stop: threading.Event) -> None:
        self._service = service
        self._asker = asker
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop."""
        LeasedWork(
            name="pull from an exchange",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=lambda uow: uow.exchanges.next_due(uow.now) is not None,
            claim=claim_pull,
            work=self._pull,
        ).run()

    def _pull(self, claimed: Exchange) -> None:
        pulled = pull_all(self._service, self._asker, claimed, go_on=lambda: not self._stop.is_set())
        if pulled.last_error is not None:
            log.warning("an exchange gave no page", exchange=pulled.name, reason=pulled.last_error)
        elif pulled.pulled != claimed.pulled:
            log.info("pulled from an exchange", exchange=pulled.name, records=pulled.pulled - claimed.pulled)
