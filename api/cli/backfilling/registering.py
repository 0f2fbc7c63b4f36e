"""
Registering what was hashed of a library, a few hundred a transaction, and counting what became of it.

Invariant: a file is known by its path below the library's place. Registering is idempotent by it: whatever was hashed
twice is registered once, and what is registered is never asked for again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from api.cli.libraries.base import Library, LibraryFile
from api.errors import NotReadyError
from api.media.deep import rest_of, search_within_budget
from api.media.hashing import HashedMedia, identity_of, submitted
from api.service import Service
from api.shell.output import CountNext
from casework.domain.actor import Actor, Role
from casework.handlers.uploads import RegisterUpload, register_uploads
from casework.ports.search import Candidates
from casework.steps.finding.deep_search import DeepFindings
from casework.steps.finding.matching import look_ahead
from matcher.errors import MediaError
from matcher.reading.keyframes import Progress

BATCH: Final = 200
"""Files a transaction, and a look for what is known."""

_MAX_ID_CHARACTERS: Final = 255


@dataclass(slots=True)
class Backfilled:
    """What became of a library."""

    registered: int = 0
    known: int = 0
    failed: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A file that is to be registered.

    Args:
        upload_id: The platform's id it will have.

        file: The file.

        progress: What to call with the share (0..1) of it that is done.
    """

    upload_id: str
    file: LibraryFile
    progress: Progress


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A file's signals, and what a deep search and its frames found."""

    hashed: HashedMedia
    deep: DeepFindings | None
    found: Candidates | None


Outcome: TypeAlias = LookedAt | str
"""What a look at a file came to: what was seen, or why it cannot be hashed."""


class Registering:
    """
    A library on its way into the record.

    Args:
        library: Where it is.

        service: Where it goes.

        prefix: Put before each path to make the platform's upload id.

        uploader: Whose they are; None where it is not known.

        next_file: Counts a file on a progress bar.
    """

    def __init__(
        self, library: Library, service: Service, *, prefix: str, uploader: str | None, next_file: CountNext
    ) -> None:
        self.done = Backfilled()
        self.service = service
        self.place = library.place
        self._library = library
        self._prefix = prefix
        self._uploader = uploader
        self._next_file = next_file
        self._actor = Actor(id="cli", name="command line", role=Role.ADMIN)

    def unknown(self) -> Iterator[list[Wanted]]:
        """List what is not registered yet, as many files at a time as one look at the record tells."""
        rest = iter(self._library.files())
        while batch := list(islice(rest, BATCH)):
            wanted = [Wanted(f"{self._prefix}{file.name}", file, self._next_file()) for file in batch]
            fit = {one.upload_id: one for one in wanted if self._is_fit(one)}
            with self.service.reading() as uow:
                known = uow.uploads.by_platform_ids(fit)
            self.done.known += len(known)
            for upload_id in known:
                fit.pop(upload_id).progress(1.0)
            if fit:
                yield list(fit.values())

    def register(self, looked_at: Sequence[tuple[Wanted, Outcome]]) -> None:
        """Register what could be hashed, in one transaction, and note what could not."""
        commands = []
        for wanted, outcome in looked_at:
            if isinstance(outcome, str):
                self._note_failed(wanted, outcome)
            else:
                commands.append(self._command(wanted.upload_id, outcome))
        if commands:
            with self.service.writing() as uow:
                self.done.registered += register_uploads(commands, uow, self.service.replica, flood=self.service.flood)

    def look_for(self, hashed: HashedMedia) -> LookedAt:
        """
        Look for what a file matches, before the transaction that registers it.

        Raises:
            NotReadyError: If the index cannot answer.
        """
        found = look_ahead(hashed.query, self.service.replica)
        return LookedAt(hashed, search_within_budget(self.service, hashed.query), found)

    def _is_fit(self, wanted: Wanted) -> bool:
        why = _unfit_because(wanted.upload_id)
        if why is None:
            return True
        self._note_failed(wanted, why)
        wanted.progress(1.0)
        return False

    def _note_failed(self, wanted: Wanted, why: str) -> None:
        self.done.failed.append({"file": wanted.file.shown, "error": why})

    def _command(self, upload_id: str, looked_at: LookedAt) -> RegisterUpload:
        hashed = looked_at.hashed
        return RegisterUpload(
            actor=self._actor,
            platform_id=upload_id,
            uploader_id=self._uploader,
            post_text=None,
            url=None,
            posted_at=None,
            media=submitted(self.service, hashed, keep_preview=False),
            query=hashed.query,
            sha256=identity_of(hashed.signals),
            preview=None,
            deep=looked_at.deep,
            features=rest_of(self.service, hashed.query, looked_at.deep),
            found=looked_at.found,
        )


def why_not(error: MediaError | NotReadyError | OSError) -> str:
    """Say why a file could not be hashed, in the words of a list of files."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _unfit_because(upload_id: str) -> str | None:
    if len(upload_id) > _MAX_ID_CHARACTERS:
        return f"its path is longer than {_MAX_ID_CHARACTERS} characters; choose a folder further down"
    if "\0" in upload_id or any("\ud800" <= one <= "\udfff" for one in upload_id):  # what UTF-8 does not say
        return "its path is no text in UTF-8, or has a NUL in it; call it otherwise"
    return None
