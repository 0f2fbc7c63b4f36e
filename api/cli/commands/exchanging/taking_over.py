"""
Taking hashes over from a file that is read record by record, two thousand a transaction.

A longer file is read ahead of what is stored, fifty thousand hashes at a time, and these are stored in the order of
their keys. As they stand in a file, each would be looked up, and noted, on a page of its own: nearly all that a
transaction writes would be pages of that one index, the more of them the longer the list is.

Invariant: what is on the list already is passed over, so what was stopped is simply done again; a record that cannot
be read is told, in the order of the file, and stops nothing.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from api.media.hashing import pieces_of
from api.service import Service
from casework.domain.actor import Actor, Role
from casework.domain.facts import Facts
from casework.domain.media import CLAIMED_KIND, Collection, SubmittedMedia
from casework.domain.takedowns.hash_list import key_of
from casework.exchange.base import Found, Read, Rejected
from casework.handlers.lists.import_hashes import ImportHashes, import_hashes
from matcher.signals import taken_types

BATCH: Final = 1_000
"""Hashes that share a takedown."""

TOGETHER: Final = 2 * BATCH
"""Hashes in a transaction, which others who write wait for: a tenth of a second. Fewer would write pages more often."""

AHEAD: Final = 25 * TOGETHER
"""Hashes that are read before they are stored; about 30 MB."""

_AHEAD_BYTES: Final = 64_000_000
"""Of values that are read before they are stored: one of a long video has thousands of frames."""

_KEPT: Final = 100_000


@dataclass
class Imported:
    """
    What became of a file.

    Args:
        imported: Hashes that are new.

        known: That the list had already.

        never_banked: That are copies of what is never banked, and so are left out.

        rejected: Records that cannot be read.

        rejects: Which, and why; the first hundred thousand.
    """

    imported: int = 0
    known: int = 0
    never_banked: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)

    @property
    def nothing_read(self) -> bool:
        """Whether there was something, and none of it a hash."""
        return bool(self.rejected) and not self.imported + self.known + self.never_banked


class TakingOver:
    """
    One file's way onto a list.

    Args:
        service: What this process holds.

        source: The name of the list.

        facts: What is known of all that is in it.

        on_reject: Told of each record that cannot be read, as it comes.
    """

    def __init__(
        self, service: Service, source: str, facts: Facts, *, on_reject: Callable[[Rejected], object] = lambda _: None
    ) -> None:
        self._service = service
        self._source = source
        self._facts = facts
        self._on_reject = on_reject
        self._taken = {row.name for row in taken_types(service.settings.signals)}
        self.done = Imported()

    def run(
        self,
        found: Iterator[Found],
        *,
        position: Callable[[], int] = lambda: 0,
        after_batch: Callable[[int, float], object] = lambda _at, _took_s: None,
    ) -> Imported:
        """
        Take over all there is.

        Args:
            found: What a format reads.

            position: How far it has read, in bytes.

            after_batch: Called once a transaction is stored, with how far in the file all is stored, in bytes, and for
                how many seconds others who write had to wait for it.

        Raises:
            UnreadableFileError: If the file is of another format.
        """
        media = self._media_of(found)
        stored_to = 0
        with _no_cycles() as collect:
            while ahead := _read_ahead(media):
                read_to = position()
                for at in range(0, len(ahead), TOGETHER):
                    begun = time.perf_counter()
                    self._store(ahead[at : at + TOGETHER])
                    took_s = time.perf_counter() - begun
                    collect()
                    share = min(1.0, (at + TOGETHER) / len(ahead))
                    after_batch(stored_to + round(share * (read_to - stored_to)), took_s)
                stored_to = read_to
        return self.done

    def _media_of(self, found: Iterator[Found]) -> Iterator[SubmittedMedia]:
        for one in found:
            if isinstance(one, Rejected):
                self._reject(one)
                continue
            signals = one.record.signals
            if len(signals) == 1 and signals[0].type in self._taken:  # most lists are of nothing else
                yield SubmittedMedia(CLAIMED_KIND, None, None, None, signals)
            else:
                yield from self._several(one)

    def _several(self, one: Read) -> Sequence[SubmittedMedia]:
        signals = [signal for signal in one.record.signals if signal.type in self._taken]
        if not signals:
            names = ", ".join(sorted({signal.type for signal in one.record.signals}))
            self._reject(Rejected(one.line, f"{names} is not taken here; name it in STAYDOWN_SIGNALS"))
        return pieces_of(signals)

    def _reject(self, one: Rejected) -> None:
        self.done.rejected += 1
        if self.done.rejected <= _KEPT:
            self.done.rejects.append(one)
        self._on_reject(one)

    def _store(self, media: Sequence[SubmittedMedia]) -> None:
        actor = Actor(id="cli", name="command line", role=Role.ADMIN)
        sharing = [media[at : at + BATCH] for at in range(0, len(media), BATCH)]
        with self._service.writing(searches={Collection.PROTECTED}, gives_way=True) as uow:
            became = [
                import_hashes(ImportHashes(actor, self._source, some, self._facts), uow, self._service.replica)
                for some in sharing
            ]
        self.done.imported += sum(one.imported for one in became)
        self.done.known += sum(one.known for one in became)
        self.done.never_banked += sum(one.never_banked for one in became)


def _read_ahead(media: Iterator[SubmittedMedia]) -> list[SubmittedMedia]:
    """Read what is stored next, in the order in which it is: that of the file where one transaction takes it all."""
    ahead: list[SubmittedMedia] = []
    size_bytes = 0
    for one in media:
        ahead.append(one)
        size_bytes += sum([len(signal.value) for signal in one.signals])
        if len(ahead) == AHEAD or size_bytes >= _AHEAD_BYTES:
            break
    return ahead if len(ahead) <= TOGETHER else sorted(ahead, key=lambda one: key_of(one.signals))


@contextmanager
def _no_cycles() -> Iterator[Callable[[], object]]:
    """
    Keep the garbage collector from going through everything there is, again and again, and finding nothing.

    Yields:
        What goes through the newest ones; call it now and then.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield lambda: gc.collect(0)
    finally:
        if was_on:
            gc.enable()
