"""Telling servers of hashes what was written down for them, one thing at a time."""

import threading
from typing import Final

import structlog

from api.background.exchanging.pulling import require_allowed
from api.background.leased_work import LeasedWork
from api.service import Service
from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.sending import Sending, SendingKind, SharedHash
from casework.domain.ids import ExchangeId
from casework.exchange.servers import EXCHANGES
from casework.handlers.exchanging.telling import (
    NotNow,
    ToSay,
    claim_sending,
    follow_takedowns,
    to_follow,
    was_not_sent,
    was_sent,
    what_to_say,
)
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.asking import Asking

log = structlog.get_logger()

POLL_S: Final = 10.0


def tell(service: Service, asker: Asking, claimed: Sending) -> Sending:
    """
    Say one thing; return it as it is then.

    Raises:
        LeaseLostError: If another process said it too.
    """
    with service.reading() as uow:
        row = EXCHANGES[uow.exchanges.get(claimed.exchange_id).kind]
        said = what_to_say(claimed, row.shares, uow)
    if isinstance(said, NotNow):
        with service.writing(gives_way=True) as uow:
            was_not_sent(claimed, said, uow)
            return uow.sendings.get(claimed.id)
    try:
        require_allowed(row, ncmec=service.settings.ncmec)
        shared = _say(claimed, said, service, asker)
    except ExchangeFailedError as error:
        with service.writing(gives_way=True) as uow:
            why = NotNow(str(error), for_good=error.for_good)
            was_not_sent(claimed, why, uow, retry_after_s=error.retry_after_s)
            return uow.sendings.get(claimed.id)
    with service.writing(gives_way=True) as uow:
        was_sent(claimed, shared, uow)
        return uow.sendings.get(claimed.id)


def _say(sending: Sending, said: ToSay, service: Service, asker: Asking) -> list[SharedHash]:
    row, exchange, now = EXCHANGES[said.exchange.kind], said.exchange, service.clock.now()
    if sending.kind is SendingKind.SHARE:
        asks = row.share(exchange, said.signals, now)
    elif sending.kind is SendingKind.RETRACT:
        asks = row.retract(exchange, said.shared, now)
    else:
        assert said.record is not None
        assert sending.feedback is not None
        asks = row.feedback(exchange, said.record, sending.feedback, in_place_of=said.in_place_of)
    answers = [asker.ask(exchange.address, one) for one in asks]
    return row.shared(said.signals, answers) if sending.kind is SendingKind.SHARE else []


def follow_all(service: Service) -> None:
    """Write down what every exchange that shares is to be told of what has happened."""
    while True:
        with service.reading() as uow:
            behind = to_follow(uow)
        if behind is None:
            return
        with service.writing(gives_way=True) as uow:
            follow_takedowns(behind, uow)


class Teller:
    """
    Says whatever is due.

    Args:
        service: What this process holds.

        asker: Asks servers.

        stop: Set to end it; what is being said is finished.
    """

    def __init__(self, service: Service, asker: Asking, stop: threading.Event) -> None:
        self._service = service
        self._asker = asker
        self._stop = stop

    def run(self) -> None:
        """Work until told to stop."""
        # Without a type in brackets: Python 3.11 cannot note it on a frozen class with slots, and raises.
        work: LeasedWork[ExchangeId | Sending] = LeasedWork(
            name="tell an exchange",
            service=self._service,
            stop=self._stop,
            poll_s=POLL_S,
            is_due=self._is_due,
            claim=self._claim,
            work=self._tell,
        )
        work.run()

    def _is_due(self, uow: SqlUnitOfWork) -> bool:
        return to_follow(uow) is not None or uow.sendings.next_due(uow.now) is not None

    def _claim(self, uow: SqlUnitOfWork) -> ExchangeId | Sending | None:
        return to_follow(uow) or claim_sending(uow)

    def _tell(self, claimed: ExchangeId | Sending) -> None:
        if isinstance(claimed, Sending):
            told = tell(self._service, self._asker, claimed)
            log.info("told an exchange", kind=told.kind.value, state=told.state.value, reason=told.error)
            return
        with self._service.writing(gives_way=True) as uow:
            follow_takedowns(claimed, uow)
