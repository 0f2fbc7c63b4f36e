"""
Who asks a question or registers by hashes, from the keys this process knows.

Invariant: the actor returned is the one that the route would have found (`api/http/auth.py`), counted once. None says
that the route should find out, and that nothing was counted: it knows how to refuse.
"""

from typing import Final

from starlette.concurrency import run_in_threadpool

from api.errors import TooManyRequestsError
from api.http.keys_in_use import key_in_use
from api.media.untrusted import sees_evidence
from api.security.permissions import PERMISSIONS_OF, Permission
from api.service import Service
from casework.domain.actor import Actor
from casework.domain.keys import ApiKey

_SCHEME: Final = b"bearer "


async def who_asks_by_hashes(service: Service, authorization: bytes, permission: Permission) -> Actor | None:
    """
    Return who asks, if they may ask by hashes and be shown evidence; None if the route should find out.

    Args:
        service: What this process holds; its barrier was passed since the request began.

        authorization: The header's value.

        permission: What they must be allowed to do.

    Raises:
        DatabaseFailedError: If a key that is not known here could not be looked up.
    """
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        return None
    key = await key_in_use(service, authorization[len(_SCHEME) :].decode("latin-1"))
    if key is None:
        return None
    actor = key.actor
    if not sees_evidence(actor) or permission not in PERMISSIONS_OF[actor.role]:
        return None
    if service.rate_limits.has_limit(key) and not await run_in_threadpool(_counted, service, key):
        return None
    service.key_uses.note(key.id, service.clock.now())
    return actor


def _counted(service: Service, key: ApiKey) -> bool:
    try:
        service.rate_limits.require_key(key)
    except TooManyRequestsError:
        return False  # nothing was taken of the allowance: the route asks again, and is refused again
    return True
