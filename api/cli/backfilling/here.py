"""Hashing a library in this machine's processes, as many files at once as may be decoded."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from api.cli.backfilling.registering import Outcome, Registering, Wanted, why_not
from api.errors import NotReadyError
from api.media.hashing import hash_file
from matcher.errors import MediaError
from matcher.hashing.features import Features


def backfill_here(registering: Registering, features: Features) -> None:
    """
    Hash and register a library.

    Args:
        registering: The library, on its way into the record.

        features: Which local features are taken.
    """
    for batch in registering.unknown():
        registering.register(_look_at_all(batch, features, registering))


def _look_at_all(batch: Sequence[Wanted], features: Features, registering: Registering) -> list[tuple[Wanted, Outcome]]:
    """Hash and search files; of one that cannot be hashed, say why."""
    service = registering.service

    def attempt(wanted: Wanted) -> Outcome:
        try:
            with wanted.file.opened(service.spool) as source:
                hashed = hash_file(service.sandbox, source, features=features, progress=wanted.progress)
            return registering.look_for(hashed)
        except (MediaError, NotReadyError, OSError) as error:
            return why_not(error)
        finally:
            wanted.progress(1.0)

    with ThreadPoolExecutor(service.settings.decode_workers) as threads:
        return list(zip(batch, threads.map(attempt, batch), strict=True))
