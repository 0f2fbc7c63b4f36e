"""Looking after exchanges: setting one up, giving it other secrets, pausing, resuming, removing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.domain.actor import Actor
from casework.domain.errors import ExchangeOptionsError, NotFoundError
from casework.domain.exchanges.exchange import Exchange
from casework.domain.ids import ExchangeId, new_id
from casework.domain.takedowns.hash_list import named
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


@dataclass(frozen=True, slots=True)
class AddExchange:
    """
    Set an exchange up.

    Args:
        actor: Who.

        name: Of the list that its hashes go on; cases name it.

        kind: A row of `EXCHANGES`.

        address: Where the server is; checked.

        options: Checked by the row.

        secrets: Checked by the row.

        shares: Whether takedowns are sent there, where the reporter agreed.

        answers: Whether it is told what became of its hashes.

        every_s: Seconds between pulls.
    """

    actor: Actor
    name: str
    kind: str
    address: str
    options: Mapping[str, str]
    secrets: Mapping[str, str]
    shares: bool
    answers: bool
    every_s: int


def add_exchange(command: AddExchange, uow: UnitOfWork) -> Exchange:
    """
    Pull from a server from now on, and tell it of what happens from now on.

    Raises:
        ListNameError: If the name is none of a list.
        ExchangeOptionsError: If there is an exchange of that name.
    """
    if uow.exchanges.named(named(command.name)) is not None:
        message = f"there is an exchange {command.name}; choose another name, or remove it first"
        raise ExchangeOptionsError(message)
    exchange = Exchange(
        id=ExchangeId(new_id("xch", uow.now)),
        name=command.name,
        kind=command.kind,
        address=command.address,
        options=dict(command.options),
        secrets=dict(command.secrets),
        shares=command.shares,
        answers=command.answers,
        every_s=command.every_s,
        created_at=uow.now,
        next_pull_at=uow.now,
        followed=uow.outbox.newest(),
    )
    uow.exchanges.add(exchange)
    sends = {"shares": command.shares, "answers": command.answers}
    record(uow, command.actor, "exchange:added", exchange.id, name=command.name, kind=command.kind, **sends)
    return exchange


def exchange_named(name: str, uow: UnitOfWork) -> Exchange:
    """
    Return an exchange by its name.

    Raises:
        NotFoundError: If there is none.
    """
    found = uow.exchanges.named(name)
    if found is None:
        names = ", ".join(one.name for one in uow.exchanges.all()) or "none"
        message = f"there is no exchange {name!r}; those there are: {names}"
        raise NotFoundError(message)
    return found


def pause_exchange(name: str, actor: Actor, uow: UnitOfWork) -> Exchange:
    """
    Ask it nothing and tell it nothing for now.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it is paused.
    """
    return _changed(uow.exchanges.get(exchange_named(name, uow).id, lock=True).pause(), "exchange:paused", actor, uow)


def resume_exchange(name: str, actor: Actor, uow: UnitOfWork) -> Exchange:
    """
    Ask it again, at once.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it is not paused.
    """
    exchange = uow.exchanges.get(exchange_named(name, uow).id, lock=True).resume(uow.now)
    return _changed(exchange, "exchange:resumed", actor, uow)


def change_secrets(name: str, secrets: Mapping[str, str], actor: Actor, uow: UnitOfWork) -> Exchange:
    """
    Sign in with other secrets from now on; where it failed, it is asked again at once.

    Args:
        name: Of the exchange.

        secrets: All of them; checked by its row.

        actor: Who.

        uow: The transaction.

    Raises:
        NotFoundError: If there is none.
    """
    exchange = uow.exchanges.get(exchange_named(name, uow).id, lock=True)
    changed = replace(exchange, secrets=dict(secrets))
    if exchange.last_error is not None:
        changed = replace(changed, next_pull_at=uow.now, failures=0)
    return _changed(changed, "exchange:secrets", actor, uow)


def remove_exchange(name: str, actor: Actor, uow: UnitOfWork) -> Exchange:
    """
    Ask it nothing any more, and forget its secrets; what was pulled stays on its list, and matches.

    Raises:
        NotFoundError: If there is none.
    """
    exchange = uow.exchanges.get(exchange_named(name, uow).id, lock=True).remove()
    return _changed(replace(exchange, lease=None), "exchange:removed", actor, uow)


def _changed(exchange: Exchange, action: str, actor: Actor, uow: UnitOfWork) -> Exchange:
    uow.exchanges.update(exchange)
    record(uow, actor, action, exchange.id, name=exchange.name)
    return exchange
