"""The thresholds that run, with what answers of people say about them, and what another one would change."""

from dataclasses import dataclass
from typing import Final

from api.console.statistics.counting import Figures
from api.schemas.policy import ReplayOut
from api.service import Service
from api.views.replay import replay_out
from api.views.replaying import alone, within
from casework.handlers.replay import replay
from casework.policy.learning.precision import Bucket
from casework.policy.replay.change import read_change
from matcher.comparing.other_thresholds import Threshold, known_thresholds
from matcher.signals import signal_type

_BUDGET_S: Final = 5.0
"""Seconds after which the page is shown with how far it came; `POST /v1/policy/replay` goes on to the end."""

_EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class ShownThreshold:
    """
    A threshold, with what people said of matches of its signal.

    Args:
        label: What a person calls the signal.

        buckets: Nothing, where nobody has answered yet.
    """

    threshold: Threshold
    label: str
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """
    What another threshold would change.

    Args:
        label: What a person calls the signal.

        running: The value that runs.

        value: The value that was tried.
    """

    label: str
    running: float
    value: float
    replay: ReplayOut


def thresholds_of(figures: Figures | None) -> list[ShownThreshold]:
    """Show each threshold beside what answers say."""
    learned = {} if figures is None else {one.signal: one.buckets for one in figures.precision.by_signal}
    return [
        ShownThreshold(one, signal_type(name).label, learned.get(name, ()))
        for name, one in known_thresholds().items()
        if not signal_type(name).optional or name in learned
    ]


def try_threshold(signal: str, value: str, service: Service) -> Tried:
    """
    Ask the policy again about what is past, under another threshold.

    Args:
        signal: The name of the signal type.

        value: As it was typed.

        service: For the record.

    Raises:
        PolicyChangeError: If there is no such threshold, or the value is none.
        TooManyRequestsError: If another policy is being tried.
    """
    change = read_change(thresholds={signal: _number(value)})
    with alone(), service.reading() as uow:
        found = replay(change, uow, examples=_EXAMPLES, go_on=within(_BUDGET_S))
    running = known_thresholds()[signal]
    return Tried(signal_type(signal).label, running.value, change.thresholds[signal], replay_out(change, found))


def _number(text: str) -> object:
    """Read a number; what is none is left as it is, for the policy to refuse in its words."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return text
    return int(number) if number == int(number) else number
