"""
Noticing who asks an untrusted key's questions to find out a banked hash, bit by bit.

A question near the border of what matches tells one bit: whether it is inside. Signals sent by hand would need 512; a
file can be made whose hash is nearly whatever one likes. So a key's questions are watched for two patterns around one
takedown, within `WINDOW`:

    bordering   different questions that match it within a few bits of a threshold, wherever they lie
    clustered   different questions, answered yes or no, within a few bits of an earlier bordering one

A platform's own traffic has few of either: of true copies, 90 in 100 lie 13 bits or more inside the threshold of PDQ
(`matcher/thresholds.py`), and the same file, re-encoded, hardly moves. Invariant: what was asked is kept in the memory
of this process alone, of `TRAILS` takedowns a key; how many questions there were all processes of the data folder
count together, so that who asks many of them is told no more.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from casework.domain.ids import TakedownId
from casework.domain.takedowns.upload import Match
from casework.persistence.machine_files.rates import Rate, SharedRates
from matcher.comparing.hashes import HashEvidence
from matcher.hashing.query import Query
from matcher.signals import signal_type
from matcher.signals.base import Worth
from matcher.strength import Strength

WINDOW: Final = timedelta(hours=24)
BORDER_BITS: Final = 8
"""Bits on either side of a threshold within which an answer tells something about the reference."""

CLUSTER_BITS: Final = 12
"""Bits within which two questions are variations of one: each flip moves by one, what a file cannot hit adds some."""

CLUSTERED: Final = 32
"""Questions of one cluster that raise the alarm: each tells a bit of 256 at most."""

BORDERING: Final = 100
"""Questions at the border that raise it, however different they are."""

REFUSED: Final = 32
"""Questions by signals that were refused to a key, within the window, that raise it."""

TRAILS: Final = 16
KEYS: Final = 1_000

Code = tuple[int, ...]
"""The values of the searched hashes of one question as it was sent, each as one whole number."""


@dataclass(frozen=True, slots=True)
class ProbingAlarm:
    """
    Many questions around one reference.

    Args:
        takedown_id: Whose reference; None where questions by signals were refused, which met none.

        questions: How many there were within the window.
    """

    takedown_id: TakedownId | None
    questions: int


@dataclass(slots=True)
class _Trail:
    """What one key asked around one takedown, oldest first."""

    bordering: dict[Code, datetime] = field(default_factory=dict)
    clustered: dict[Code, datetime] = field(default_factory=dict)

    def forget_before(self, moment: datetime) -> None:
        for noted in (self.bordering, self.clustered):
            for code in [one for one, at in noted.items() if at < moment]:
                del noted[code]


@dataclass(slots=True)
class _Asker:
    trails: OrderedDict[TakedownId, _Trail] = field(default_factory=OrderedDict)
    refused: deque[datetime] = field(default_factory=lambda: deque(maxlen=REFUSED))


@dataclass(frozen=True, slots=True)
class _Noted:
    """
    A question that tells something about a reference, and was not asked before here.

    Args:
        takedown_id: Whose reference.

        how: ``"bordering"`` or ``"clustered"``.

        most: How many of them raise the alarm.
    """

    takedown_id: TakedownId
    how: str
    most: int


class ProbeWatch:
    """
    The questions of untrusted keys, as far as they lie near the border.

    Args:
        rates: In which all processes of the data folder count.
    """

    def __init__(self, rates: SharedRates) -> None:
        self._rates = rates
        self._lock = threading.Lock()
        self._askers: OrderedDict[str, _Asker] = OrderedDict()

    def note(self, asker_id: str, query: Query, matches: Sequence[Match], now: datetime) -> ProbingAlarm | None:
        """
        Note a question with its answer; return an alarm if it is one too many.

        Args:
            asker_id: Who asks.

            query: What was asked; a video, whose answer tells of no single value, is not noted.

            matches: What it was answered.

            now: When.
        """
        code = _code_of(query)
        if not code:
            return None
        with self._lock:
            asker = self._asker(asker_id)
            new: list[_Noted] = []
            for takedown_id in _bordering(matches):
                trail = asker.trails.setdefault(takedown_id, _Trail())
                asker.trails.move_to_end(takedown_id)
                if code not in trail.bordering:
                    trail.bordering[code] = now
                    new.append(_Noted(takedown_id, "bordering", BORDERING))
                if len(asker.trails) > TRAILS:
                    asker.trails.popitem(last=False)
            for takedown_id, trail in asker.trails.items():
                trail.forget_before(now - WINDOW)
                if code not in trail.clustered and _varies(code, trail):
                    trail.clustered[code] = now
                    new.append(_Noted(takedown_id, "clustered", CLUSTERED))
            alarms = [_alarm(takedown_id, trail) for takedown_id, trail in asker.trails.items()]
        alarms += [self._counted(asker_id, one) for one in new]
        return next((one for one in alarms if one is not None), None)

    def note_refused(self, asker_id: str, now: datetime) -> ProbingAlarm | None:
        """Note a question by signals that was refused; return an alarm at the one too many, then begin anew."""
        with self._lock:
            refused = self._asker(asker_id).refused
            refused.append(now)
            if len(refused) < REFUSED or now - refused[0] > WINDOW:
                return None
            refused.clear()
            return ProbingAlarm(None, REFUSED)

    def _counted(self, asker_id: str, noted: _Noted) -> ProbingAlarm | None:
        """Count a question with those of other processes; return an alarm if it is one too many in all."""
        name = f"probing {asker_id} {noted.takedown_id} {noted.how}"
        is_one_too_many = self._rates.take(name, Rate(noted.most, WINDOW.total_seconds())) > 0
        return ProbingAlarm(noted.takedown_id, noted.most) if is_one_too_many else None

    def _asker(self, asker_id: str) -> _Asker:
        asker = self._askers.setdefault(asker_id, _Asker())
        self._askers.move_to_end(asker_id)
        if len(self._askers) > KEYS:
            self._askers.popitem(last=False)
        return asker


def _varies(code: Code, trail: _Trail) -> bool:
    return any(_near(code, other) for other in trail.bordering if other != code)


def _alarm(takedown_id: TakedownId, trail: _Trail) -> ProbingAlarm | None:
    for noted, most in ((trail.clustered, CLUSTERED), (trail.bordering, BORDERING)):
        if len(noted) >= most:
            return ProbingAlarm(takedown_id, len(noted))
    return None


def _code_of(query: Query) -> Code:
    """Return a picture's values of the hashes that count, as it was sent."""
    if query.video is not None:
        return ()
    counted = (query.variants[name] for name in sorted(query.variants) if signal_type(name).worth is Worth.OPINION)
    return tuple(int.from_bytes(variants.codes[0].tobytes()) for variants in counted)


def _near(code: Code, other: Code) -> bool:
    """Tell whether one question varies another in any of its hashes: which of them is probed is the asker's choice."""
    return any((mine ^ theirs).bit_count() <= CLUSTER_BITS for mine, theirs in zip(code, other, strict=False))


def _bordering(matches: Iterable[Match]) -> list[TakedownId]:
    """Name the takedowns whose match hangs on a few bits."""
    return [one.takedown_id for one in matches if one.strength is not Strength.EXACT and _hangs_on_bits(one)]


def _hangs_on_bits(match: Match) -> bool:
    hashes = (one for one in match.evidence if isinstance(one, HashEvidence) and one.worth is Worth.OPINION)
    return any(abs(one.distance - one.threshold) <= BORDER_BITS and not one.is_poor for one in hashes)
