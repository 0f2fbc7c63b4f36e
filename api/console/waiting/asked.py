"""
Which list of cases a page belongs to: what stands in its address, under the names of `GET /v1/cases`.

A case's page keeps the list it was opened from in its address, so that the next case is the next of that list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BeforeValidator, StringConstraints

from casework.domain.actor import Actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.listing import CaseFilter, Order
from casework.persistence.repositories.cases.case_lists import cursor_of
from casework.ports.unit_of_work import UnitOfWork
from matcher.strength import Strength

ANY_STATE: Final = "any"
"""In an address: cases in every state, where a list would show open ones."""

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One list of cases; what is None is not asked for.

    Args:
        queue: Which queue.

        mine: Only those that the visitor holds or, once decided, decided.

        state: Where they stand, by the word of `CaseState` or `ANY_STATE`; None for open ones and, beside `text`, any.

        strength: How sure the match is.

        takedown_id: Whose matches.

        uploader_id: Who posted what they are about.

        text: An id, a receipt's number, who posted it or the address of the post; whole.

        order: In which order; None for that by deadline.
    """

    queue: Queue | None = None
    mine: bool = False
    state: str | None = None
    strength: Strength | None = None
    takedown_id: str | None = None
    uploader_id: str | None = None
    text: str | None = None
    order: Order | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """What of it stands in an address."""
        given = {
            "queue": self.queue,
            "mine": "true" if self.mine else None,
            "state": self.state,
            "strength": self.strength,
            "takedown_id": self.takedown_id,
            "uploader_id": self.uploader_id,
            "text": self.text,
            "order": self.order,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    @property
    def query(self) -> str:
        """The same, written: empty, or from the question mark on."""
        return self.with_query({})

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than a queue, so that an empty list says nothing of what waits."""
        return bool(self.parameters.keys() - {"queue", "order"})

    def with_query(self, extra: Mapping[str, str]) -> str:
        """Write it with something besides."""
        parameters = {**self.parameters, **extra}
        return f"?{urlencode(parameters)}" if parameters else ""

    def cursor_after(self, case: Case) -> str:
        """Return the cursor of what comes after a case."""
        return cursor_of(case, self.order or Order.DEADLINE)

    def page(self, actor: Actor, uow: UnitOfWork, *, after: str | None, limit: int) -> tuple[list[Case], str | None]:
        """
        Read a page of it.

        Args:
            actor: Who looks at it.

            uow: To read.

            after: The cursor of the page before; None for the first.

            limit: How many cases.
        """
        asked = CaseFilter(
            state=self._state,
            queue=self.queue,
            takedown_id=self.takedown_id,
            uploader_id=self.uploader_id,
            strength=self.strength,
            of_person=actor.id if self.mine else None,
            text=self.text,
            order=self.order or Order.DEADLINE,
        )
        return uow.cases.listed(asked, now=uow.now, after=after, limit=limit)

    @property
    def _state(self) -> CaseState | None:
        if self.state is None:
            return None if self.text is not None else CaseState.OPEN
        return None if self.state == ANY_STATE else CaseState(self.state)


def _given(value: object) -> object:
    """Take a field that was left empty as one that was not sent: a form without a script sends all it has."""
    return value.strip() or None if isinstance(value, str) else value


_Left = BeforeValidator(_given)
_StateWord = Annotated[str, StringConstraints(pattern=f"^({'|'.join(CaseState)}|{ANY_STATE})$")]
_Id = Annotated[Annotated[str, StringConstraints(max_length=255)] | None, _Left, Query()]
_Text = Annotated[Annotated[str, StringConstraints(max_length=2_000)] | None, _Left, Query()]


async def asked_of(
    queue: Annotated[Queue | None, _Left, Query()] = None,
    mine: Annotated[bool, Query()] = False,
    state: Annotated[_StateWord | None, _Left, Query()] = None,
    strength: Annotated[Strength | None, _Left, Query()] = None,
    takedown_id: _Id = None,
    uploader_id: _Id = None,
    text: _Text = None,
    order: Annotated[Order | None, _Left, Query()] = None,
) -> Asked:
    """Read from its address which list a page belongs to."""
    return Asked(
        queue=queue,
        mine=mine,
        state=state,
        strength=strength,
        takedown_id=takedown_id,
        uploader_id=uploader_id,
        text=text,
        order=order,
    )


AskedDep = Annotated[Asked, Depends(asked_of)]
