"""
Readiness: whether this process can answer correctly now, and if not, why.

What questions are answered from is brought up to date first. The index of uploads is not: no question asks it, and its
changes can take half a second where many upload. The background follows it, and what went wrong there is said here;
where a cluster holds it and does not answer, this process is ready all the same.
"""

import shutil

from api.replica.indexes import index_kind
from api.replica.loop_barrier import FOLLOWED
from api.schemas.operating.operations import Readiness, SandboxState
from api.service import Service
from casework.domain.media import Collection
from casework.persistence.connection.failures import DatabaseFailedError, reason_for_everybody
from index.errors import IndexStoreError

LEAST_FREE_BYTES = 50_000_000
"""Below it a transaction or a file may not fit any more: nothing is acknowledged that was not stored, but little is."""


def readiness_of(service: Service) -> Readiness:
    """Look at the database, the index, the disk and the walls around decoding."""
    checks = {"database": "ok", "index": "ok"}
    try:
        for collection in FOLLOWED:
            service.replica.version(collection)
    except DatabaseFailedError as error:
        checks["database"] = reason_for_everybody(error)
        if service.standby.engine is not None:
            checks["matching"] = "stale: goes on as of what was followed, until the database is back"
    except IndexStoreError as error:
        checks["index"] = str(error)
    for collection in Collection:
        behind = None if collection in FOLLOWED else service.replica.trouble(collection)
        if behind is not None:
            checks["index"] = behind
        trouble = service.indexes[collection].last_maintenance_error
        if trouble is not None:
            held_here = index_kind(service.settings, collection).is_local
            checks[f"{'index maintenance' if held_here else 'cluster'} ({collection.value})"] = trouble
    if (full := _full_disk(service)) is not None:
        checks["disk"] = full
    answers = checks["database"] == "ok" or "matching" in checks
    ready = answers and checks["index"] == "ok" and "disk" not in checks
    walls = service.sandbox.walls
    return Readiness(
        ready=ready,
        checks=checks,
        index_versions=service.replica.versions(),
        sandbox=SandboxState(layers=list(walls.layers), missing=list(walls.missing)),
    )


def _full_disk(service: Service) -> str | None:
    try:
        free = shutil.disk_usage(service.settings.data).free
    except OSError as error:
        return f"the data folder cannot be looked at: {error.strerror}"
    if free >= LEAST_FREE_BYTES:
        return None
    return f"full: {free:,} bytes are free; make room, nothing need be restarted"
