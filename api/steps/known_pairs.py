"""
Known pairs as pages and programs plant and list them.

Invariant: of files that are given the drawings alone are kept; nothing is hashed into an index, and no case is opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import Request

from api.arrivals.spool import IncomingFile
from api.errors import BodyError
from api.http.border.hanging_up import while_connected
from api.media.hashing import answer_about_file, hash_incoming
from api.schemas.casework.people import PersonOut
from api.service import Service
from api.steps.drawings import COPY, DIFFERENCE, ORIGINAL, both_sides_are_kept
from api.views.casework.people import People
from casework.domain.actor import Actor
from casework.domain.cases.known_pair import KnownPair, agreement
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.learning.share import Share
from casework.steps.deciding.known_answers import still_holds
from matcher.comparing.drawings import draw_both

_FILES: Final = 2
_COUNTED: Final = timedelta(days=365)
_MOST: Final = 5_000
_DRAWN: Final = frozenset({ORIGINAL, COPY, DIFFERENCE})


@dataclass(frozen=True, slots=True)
class PairInList:
    """
    A pair in a list.

    Args:
        pair: It.

        added_by: Who planted it.

        agreed: What people said of it in a year, where they could tell.

        shown: Whether people are asked about it: its pictures are kept, and what is known still stands.
    """

    pair: KnownPair
    added_by: PersonOut
    agreed: Share
    shown: bool


async def draw_given(
    request: Request, service: Service, actor: Actor, files: Sequence[IncomingFile]
) -> dict[str, bytes]:
    """
    Draw two pictures beside each other.

    Args:
        request: Its client may hang up.

        service: Where files are decoded.

        actor: Whose files they are.

        files: The removed picture and the uploaded one.

    Returns:
        PNG files by name.

    Raises:
        BodyError: If they are not two pictures.
        MediaError, TooManyRequestsError: As `hash_incoming` does.
    """
    if len(files) != _FILES:
        message = f"two pictures are expected, the removed one and the uploaded one, not {len(files)}"
        raise BodyError(message, field="media")
    original, copy = [await _preview(request, service, actor, one) for one in files]

    def draw() -> dict[str, bytes]:
        drawn = dict(service.sandbox.run(draw_both, original, copy))
        return {name: drawing for name, drawing in drawn.items() if name in _DRAWN}

    return await answer_about_file(service, draw)


def pairs_in_list(pairs: Iterable[KnownPair], uow: SqlUnitOfWork) -> list[PairInList]:
    """Say of each pair who planted it, what people said of it, and whether they are asked."""
    listed, people = list(pairs), People(uow)
    answers = uow.blind_looks.known_answers(uow.now - _COUNTED, limit=_MOST, pair_ids=[one.id for one in listed])
    return [
        PairInList(
            pair=pair,
            added_by=people.named(pair.added_by),
            agreed=Share(*agreement(one for one in answers if one.pair_id == pair.id)),
            shown=_is_shown(pair, uow),
        )
        for pair in listed
    ]


async def _preview(request: Request, service: Service, actor: Actor, file: IncomingFile) -> bytes:
    """
    Decode a picture, and make it small.

    Raises:
        BodyError: If it is a video: of those nothing is drawn that could be compared.
        MediaError, TooManyRequestsError: As `hash_incoming` does.
    """
    if file.is_video:
        message = "two pictures are expected; a video is compared in its case"
        raise BodyError(message, field="media")
    hashed = await while_connected(
        request, lambda gone: hash_incoming(service, actor, file, given_up=gone, with_preview=True)
    )
    return hashed.preview or b""


def _is_shown(pair: KnownPair, uow: SqlUnitOfWork) -> bool:
    if pair.removed_at is not None:
        return False
    return still_holds(pair, uow) and (pair.case_id is None or both_sides_are_kept(pair.case_id, uow))
