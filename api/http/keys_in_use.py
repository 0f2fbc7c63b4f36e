"""
Keys that requests present, found in the event loop: a request of a key that this process knows asks no thread for it.

Invariant: a key that was revoked, or changed, before a request began is not found as it was before, for whoever asks
has passed the barrier since; nothing is counted here.
"""

from starlette.concurrency import run_in_threadpool

from api.security.keys import known_key
from api.service import Service
from casework.domain.keys import ApiKey


async def key_in_use(service: Service, secret: str) -> ApiKey | None:
    """
    Return the key that is presented; None if there is none such, or it is not in use.

    Args:
        service: What this process holds; its barrier was passed since the request began.

        secret: As it is presented.

    Raises:
        DatabaseFailedError: If a key that is not known here could not be looked up.
    """
    key = service.memory.keys.find(secret) or await run_in_threadpool(_look_up, service, secret)
    return None if key is None or key.refused_because(service.clock.now()) is not None else key


def _look_up(service: Service, secret: str) -> ApiKey | None:
    keys = service.memory.keys
    as_of = keys.changes
    with service.reading() as uow:
        key = known_key(uow, secret)
    if key is not None:
        keys.keep(secret, key, as_of=as_of)
    return key
