"""Readiness: whether this process can answer correctly now, and if not, why."""

from api.schemas.operations import Readiness
from api.service import Service
from casework.domain.media import Collection
from casework.persistence.connection.failures import DatabaseFailedError
from index.errors import IndexStoreError


def readiness_of(service: Service) -> Readiness:
    """Look at the database, the index and the sandbox."""
    checks = {"database": "ok", "index": "ok"}
    try:
        service.replica.catch_up()
    except DatabaseFailedError as error:
        checks["database"] = f"unreachable: {type(error).__name__}"
        if service.standby.engine is not None:
            checks["matching"] = "stale: goes on as of what was followed, until the database is back"
    except IndexStoreError as error:
        checks["index"] = str(error)
    for collection in Collection:
        trouble = service.indexes[collection].last_maintenance_error
        if trouble is not None:
            checks[f"index maintenance ({collection.value})"] = trouble
    ready = (checks["database"] == "ok" or "matching" in checks) and checks["index"] == "ok"
    return Readiness(ready=ready, checks=checks, index_versions=service.replica.versions())
