"""
Named points on the way of a seal, merge or rebuild at which a test may kill the process, fill the disk or interfere.

Invariant: outside tests reaching a point does nothing. The names are the steps, in the order they happen, so that the
crash tests cover every one of them by walking `FAULT_POINTS`.
"""

from collections.abc import Callable

FAULT_POINTS = (
    "maintenance:locked",  # nothing written yet
    "segment:folder-made",  # an empty folder, named by no manifest
    "segment:part-written",  # one signal type's files are there, not yet durable
    "segment:written",  # all files and their checksums are durable
    "tombstones:written",  # durable, named by no manifest
    "manifest:written",  # the temporary file is durable, not yet in place
    "manifest:replaced",  # the new manifest is in place, the folder not yet durable
    "manifest:durable",  # the operation has happened; old files still lie around
    "retired:one-removed",  # some old files are gone, some are not
    "snapshot:manifest-read",  # what it names is not open yet, and may be deleted by a merge elsewhere
)

_hook: Callable[[str], None] | None = None


def reach(point: str) -> None:
    """Tell the hook, if there is one, that this point was reached."""
    if _hook is not None:
        _hook(point)


def set_hook(hook: Callable[[str], None] | None) -> None:
    """Call `hook` with the name of each point reached from now on in this process; None ends that. For tests."""
    global _hook
    _hook = hook
