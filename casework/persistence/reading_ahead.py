"""
Reading at once what the decisions about several cases will each ask for: eight statements instead of eleven a case.

Invariant: the cases are decided on what they are in this transaction. Whatever writes to a row makes it be read again,
and so does a part of the transaction that is undone; the takedowns are locked first, so nobody else writes to any.
"""

from collections.abc import Iterable

from casework.domain.ids import CaseId
from casework.domain.media import Collection, Media
from casework.persistence.unit_of_work import SqlUnitOfWork


def read_ahead(case_ids: Iterable[str], uow: SqlUnitOfWork) -> list[Media]:
    """
    Read cases, and what deciding each of them asks for.

    Args:
        case_ids: Those that are not there are left out.

        uow: The transaction that decides them.

    Returns:
        The media of the uploads that they are about.
    """
    uow.index_log.version(Collection.TAKEDOWNS)
    cases = uow.cases.read_ahead(case_ids)
    ids = [CaseId(one.id) for one in cases]
    uow.takedowns.read_ahead(one.takedown_id for one in cases if one.takedown_id is not None)
    uow.takedowns.read_ahead_of_cases(ids)
    uow.reports.read_ahead_of_cases(ids)
    uploads = uow.uploads.read_ahead(one.upload_id for one in cases if one.upload_id is not None)
    uow.takedowns.read_ahead_references(
        (one.takedown_id for one in cases if one.takedown_id is not None), (one.media_id for one in uploads)
    )
    uow.matches.read_ahead(one.id for one in uploads)
    return uow.media.read_ahead(one.media_id for one in uploads)
