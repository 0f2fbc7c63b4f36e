"""
What can go wrong in `index/`. One tree, so a caller can catch as widely as it needs:

    IndexStoreError
    ├── WidthMismatchError              codes or values that are not 256 bits wide
    ├── RadiusError                     a radius outside 0..256
    ├── SignalTypeError                 a name that is not ``name/version``
    ├── ItemIdError                     an id outside 1..2**63-1
    ├── GapError                        the log skips a `seq`
    ├── VersionNotReachedError          a search as of a `seq` that was not applied here yet
    ├── UnknownBackendError             a name missing from `INDEX_BACKENDS`
    ├── UnknownIndexError               a name missing from `COLLECTION_INDEXES`
    ├── HeldElsewhereError              files are asked for that lie on other machines
    ├── ClusterError                    the machines that hold a collection do not answer
    │   ├── ClusterUnreachableError     its gateway does not run, or no replica of a slot answers
    │   ├── SlotNotHeldError            a machine was asked for a slot that lies elsewhere
    │   ├── HolderLostError             a machine of a cluster does not answer
    │   ├── ForgottenQuestionError      the second phase of a question came too late
    │   ├── PlacementError              a replica cannot be moved as it is asked
    │   ├── StoreUnreachableError       the store that replicas are copied to does not answer, or refuses
    │   ├── StoredDamagedError          what lies there is not what was put there
    │   └── WireError                   what came over the gateway's socket is no message of ours
    ├── SealLockHeldError               another process maintains this folder
    ├── MaintenanceError                a seal, merge or rebuild failed; the old index goes on serving
    ├── StaleRebuildError               a rebuild would lose changes that were applied already
    ├── ForeignFileError                a manifest that another program wrote
    ├── UnsupportedFormatVersionError   written by a newer Staydown
    └── DamagedIndexError               the files cannot be trusted; a rebuild from the record cures it
        ├── ManifestDamagedError
        └── SegmentDamagedError
"""

from pathlib import Path


class IndexStoreError(Exception):
    """Anything that `index/` raises."""


class WidthMismatchError(IndexStoreError):
    """Codes or values that are not as wide as their signal type."""


class RadiusError(IndexStoreError):
    """A search radius outside 0..256 bits, or a `k` below 1."""


class SignalTypeError(IndexStoreError):
    """A signal type that is not written ``name/version``."""


class ItemIdError(IndexStoreError):
    """An item id outside 1..2**63-1."""


class GapError(IndexStoreError):
    """
    The log skips a `seq`; applying it would lose a change.

    Args:
        expected: The `seq` that had to come next.

        got: The `seq` that came.
    """

    def __init__(self, *, expected: int, got: int) -> None:
        """Say which `seq` was due."""
        super().__init__(f"change {got} came where {expected} was due; read the log again from seq {expected}")
        self.expected = expected
        self.got = got


class VersionNotReachedError(IndexStoreError):
    """
    A search as of a `seq` that was not applied here yet.

    Args:
        asked: The `seq` that had to be in the answer.

        version: The last `seq` that is.
    """

    def __init__(self, *, asked: int, version: int) -> None:
        """Say which change is wanted, and which was applied last."""
        super().__init__(f"a search as of seq {asked} was asked, the index is at {version}; apply the log first")


class UnknownBackendError(IndexStoreError):
    """A backend name that `INDEX_BACKENDS` does not list."""


class UnknownIndexError(IndexStoreError):
    """A name of a collection's index that `COLLECTION_INDEXES` does not list."""


class HeldElsewhereError(IndexStoreError):
    """
    Something is to be done with files of a collection that lie on other machines.

    Args:
        operation: ``"rebuild"``, ``"compact"`` or ``"verify"``.
    """

    def __init__(self, operation: str) -> None:
        """Say what is done there instead."""
        super().__init__(
            f"{operation}: the files lie on the machines of the cluster, which look after them themselves; "
            "`staydown cluster status` says how they are, `staydown cluster move` has a slot written anew elsewhere"
        )


class ClusterError(IndexStoreError):
    """The machines that hold a collection do not answer, or not as they must."""


class ClusterUnreachableError(ClusterError):
    """The gateway to a cluster does not run, or no replica of some slot answers. What waits for it is done later."""


class SlotNotHeldError(ClusterError):
    """A machine was asked for a slot that it does not hold, or not any more."""


class HolderLostError(ClusterError):
    """A machine of a cluster does not answer."""


class ForgottenQuestionError(ClusterError):
    """The rows of a question are not kept any more."""


class PlacementError(ClusterError):
    """A replica cannot be moved as it is asked: nothing was changed."""


class StoreUnreachableError(ClusterError):
    """The store in which machines keep files of their replicas does not answer, or refuses."""


class StoredDamagedError(ClusterError):
    """What lies in the store is missing, or not what was put there; a replica is built from the record instead."""


class WireError(ClusterError):
    """What came over the gateway's socket is no message of ours; it is not used."""


class SealLockHeldError(IndexStoreError):
    """Another process seals or merges this folder right now."""


class MaintenanceError(IndexStoreError):
    """
    A seal, merge, compaction or rebuild failed. What was live before it still is, on disk and in memory.

    Args:
        operation: ``"seal"``, ``"merge"``, ``"compact"`` or ``"rebuild"``.

        reason: What the operating system or a library said.
    """

    def __init__(self, operation: str, reason: str) -> None:
        """Name the operation and the reason."""
        super().__init__(
            f"{operation} failed: {reason}; the index goes on with what it had. Free disk space or repair the cause, "
            f"and the next {operation} catches up"
        )
        self.operation = operation
        self.reason = reason


class StaleRebuildError(IndexStoreError):
    """A rebuild from a version of the record older than what the folder has applied."""


class ForeignFileError(IndexStoreError):
    """A manifest that another program wrote: the folder is not ours to rebuild."""


class UnsupportedFormatVersionError(IndexStoreError):
    """
    A file whose format is newer than this Staydown can read. Nothing is touched.

    Args:
        path: The file.

        found: The version it carries.

        supported: The newest version known here.
    """

    def __init__(self, path: Path, *, found: object, supported: int) -> None:
        """Name the file and both versions."""
        super().__init__(
            f"{path} has format version {found!r}, this Staydown reads up to {supported}; "
            "upgrade Staydown, or rebuild the index from the record"
        )
        self.path = path


class DamagedIndexError(IndexStoreError):
    """
    A file is missing, cut short, altered or foreign.

    Args:
        path: The file or folder at fault.

        reason: What was expected and what was found.
    """

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file, what is wrong with it and the remedy."""
        super().__init__(f"{path}: {reason}; rebuild the index from the record (`staydown index rebuild`)")
        self.path = path
        self.reason = reason


class ManifestDamagedError(DamagedIndexError):
    """The manifest is missing, unreadable or not ours."""


class SegmentDamagedError(DamagedIndexError):
    """
    A segment named by the manifest is missing or damaged.

    Args:
        segment: Its name in the manifest.

        path: The file or folder at fault.

        reason: What was expected and what was found.
    """

    def __init__(self, segment: str, path: Path, reason: str) -> None:
        """Name the segment beside the file."""
        super().__init__(path, f"segment {segment}: {reason}")
        self.segment = segment
