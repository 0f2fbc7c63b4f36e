"""
Warm start: everything a request runs is compiled and loaded before the first one comes.

    prepare_kernels   a command, before it starts processes: compiles what is not on disk, once a machine, and says so
    warm_up           each process that will answer: loads them, in half a second; says in the log what was compiled
    rehearse          each process that serves: asks one question of each kind, so that the first client waits no longer
                      than the hundredth

Invariant: no request compiles a kernel.
"""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import structlog

from api.media import deep
from api.media.asking import ask, ask_many
from api.service import Service
from api.settings import Settings
from casework.persistence.connection.failures import DatabaseFailedError
from index.errors import IndexStoreError
from index.hashes import tables
from matcher.compiled import (
    do_without_linear_algebra,
    keep_machine_code_in,
    kernels_not_on_disk,
    what_became_of_kernels,
)
from matcher.errors import MatcherError
from matcher.hashing.features import Features
from matcher.hashing.query import Query
from matcher.sandbox.rehearsal import picture_to_rehearse_with

log = structlog.get_logger()

_STEPS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {"search by hashes": tables.warm_up, "search for parts": deep.warm_up}
)


_warm: set[str] = set()
"""Steps that were gone through in this process."""


def kernels_to_compile(settings: Settings) -> int:
    """
    Count the kernels that this machine has yet to compile.

    Args:
        settings: They are kept in the data folder where the installation cannot be written.
    """
    keep_machine_code_in(settings.kernels_folder)
    return kernels_not_on_disk()


def warm_up(settings: Settings, *, progress: Callable[[str], None] | None = None) -> None:
    """
    Load every kernel, or compile those that are not on disk: half a minute of processor time, once a machine.

    Args:
        settings: Where they are kept.

        progress: Called with what is compiled next.
    """
    begun = time.perf_counter()
    keep_machine_code_in(settings.kernels_folder)
    do_without_linear_algebra()
    for name, step in _STEPS.items():
        if name in _warm:
            continue
        if progress is not None:
            progress(name)
        step()
        _warm.add(name)
    kernels = what_became_of_kernels()
    took_s = round(time.perf_counter() - begun, 3)
    log.info("kernels ready", compiled=kernels.compiled, loaded=len(kernels.loaded), seconds=took_s)


def rehearse(service: Service) -> None:
    """Ask by signals, by a batch and by a picture; nothing is stored, and nobody is told of what is found."""
    begun = time.perf_counter()
    try:
        hashed = service.sandbox.hash_image(picture_to_rehearse_with(), features=Features.ASKED)
        by_signals = Query.of_signals(hashed.signals).without_parts()
        ask(service, by_signals)
        ask_many(service, [by_signals])
        ask(service, hashed.query)
    except (MatcherError, DatabaseFailedError, IndexStoreError) as error:
        log.warning("not rehearsed; a first request may take longer", error=str(error))
        return
    log.info("rehearsed", seconds=round(time.perf_counter() - begun, 3))
