"""One run: the servers of each number of processes, and every scenario on all of them in turns."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from benchmarks.serving.banking import bank_photos, choose
from benchmarks.serving.contestants import bare, peer, staydown
from benchmarks.serving.contestants.server import RunningServer
from benchmarks.serving.load.connection import ask_once
from benchmarks.serving.load.plan import Request
from benchmarks.serving.load.run import Load, deciding
from benchmarks.serving.measuring import Measured, Scenario, as_row, measure_round
from benchmarks.serving.questions import values_to_ask
from benchmarks.serving.references import Bank
from benchmarks.serving.scenarios import OF_FILES, SCENARIOS, Material
from benchmarks.serving.writing import REPORT_AND_DECIDE, UNDER_LOAD, Decided, decide_round, decided_row, plan_for

CONTESTANTS: Final = (staydown.NAME, bare.NAME, peer.NAME)
ALL_SCENARIOS: Final = (*SCENARIOS, REPORT_AND_DECIDE, UNDER_LOAD)

_OPEN_CONNECTIONS = 64
_HALF_OF = 16
_MOST_FILES = 16
"""Connections that send files: more only wait for the processes that decode."""

_LONGER = 2
"""So much longer is measured where files are sent."""

_NUMBER = b"0" * 16


@dataclass(slots=True, eq=False)
class Run:
    """
    What is measured, and what came of it so far.

    Args:
        bank: The folder with its references.

        options: As they were given.

        keep: Where what is made once lies.

        progress: Told what is done.

        measured: Scenarios, contestants and loads.

        decided: Scenarios in which is decided.

        skipped: Who was left out, and why.

        memory: Of the service before and after, bytes.
    """

    bank: Bank
    options: argparse.Namespace
    keep: Path
    progress: Callable[[str], None]
    measured: list[Measured] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    memory: list[dict[str, int]] = field(default_factory=list)
    photos_banked: int = 0

    def measure(self, processes: int) -> None:
        """Start every contestant with so many processes, and measure all scenarios."""
        options = self.options
        photos = choose(options.photos, banked=options.banked_photos, seed=options.seed)
        asked = values_to_ask(self.bank.banked, options.seed)
        material = Material(self.bank.keys[0], asked, photos, options.clips, options.seed)
        with ExitStack() as running:
            self.progress(f"{processes} process(es) of {staydown.NAME} start")
            ours = running.enter_context(staydown.staydown(self.bank.settings, processes=processes))
            if set(OF_FILES) & set(options.scenarios):
                self.photos_banked = bank_photos(
                    ours.address,
                    self.bank.keys,
                    photos,
                    self.bank.settings.data,
                    seed=options.seed,
                    progress=self.progress,
                )
            self.progress("requests are made")
            scenarios = [SCENARIOS[name](name, material) for name in options.scenarios if name in SCENARIOS]
            servers = {staydown.NAME: ours, **self._others(running, ours, scenarios, processes)}
            before = ours.memory_bytes()
            for scenario in scenarios:
                self._measure_scenario(scenario, servers, processes)
            self._decide(SCENARIOS["signals_miss"]("signals_miss", material), ours, processes)
            self.memory.append({"processes": processes, "before": before, "after": ours.memory_bytes()})

    def rows(self) -> list[dict[str, Any]]:
        """Work out a row for everything that was measured."""
        measured = [as_row(one) for one in self.measured if one.rounds]
        return measured + [decided_row(one) for one in self.decided if one.rounds]

    def _others(
        self, running: ExitStack, ours: RunningServer, scenarios: Sequence[Scenario], processes: int
    ) -> dict[str, RunningServer]:
        chosen, folder = self.options.contestants, self.bank.settings.data
        others: dict[str, RunningServer] = {}
        if bare.NAME in chosen:
            answers = _answers(ours.address, scenarios)
            others[bare.NAME] = running.enter_context(bare.bare(answers, folder, processes=processes))
        if peer.NAME in chosen and any(peer.NAME in scenario.requests for scenario in scenarios):
            try:
                python = peer.peer_python(self.options.peer_python, self.keep, self.progress)
                self.progress(f"{peer.NAME} builds its index")
                codes = self.bank.codes[: self.options.peer_references]
                others[peer.NAME] = running.enter_context(peer.peer(python, codes, folder, processes=processes))
            except (OSError, RuntimeError) as error:
                self.skipped[peer.NAME] = str(error)
        return others

    def _measure_scenario(self, scenario: Scenario, servers: Mapping[str, RunningServer], processes: int) -> None:
        counts = [count for count in self.options.connections if count <= _MOST_FILES or not scenario.of_files]
        loads = [self._load(count, longer=_LONGER if scenario.of_files else 1) for count in counts]
        self._measure(scenario, loads, servers, processes)
        self._measure(scenario, self._open_loads(scenario, processes), servers, processes)

    def _measure(
        self, scenario: Scenario, loads: Sequence[Load], servers: Mapping[str, RunningServer], processes: int
    ) -> None:
        """Load every contestant in turns, several rounds."""
        asked = [who for who in servers if who in scenario.requests]
        here = [Measured(scenario, who, processes, load, self._references(who)) for load in loads for who in asked]
        stream = self._stream(scenario, processes) if here else None
        self.measured += here
        for number in range(self.options.rounds):
            for one in here:
                self.progress(f"round {number + 1} of {self.options.rounds}, {processes} process(es), {one}")
                with self._decisions(stream if one.contestant == staydown.NAME else None, servers, one.load):
                    measure_round(servers[one.contestant], one)

    def _decide(self, beside: Scenario, ours: RunningServer, processes: int) -> None:
        for name in self.options.scenarios:
            if name in SCENARIOS:
                continue
            decided = Decided(name, processes, self.bank.references, beside if name == UNDER_LOAD else None)
            self.decided.append(decided)
            for number in range(self.options.rounds):
                self.progress(f"round {number + 1} of {self.options.rounds}, {processes} process(es), {name}")
                decide_round(ours, self.bank.keys, decided, self._load(1))

    def _stream(self, scenario: Scenario, processes: int) -> Decided | None:
        """Return where decisions are noted that come beside a scenario."""
        if not self.options.decisions:
            return None
        stream = Decided(f"decisions_beside_{scenario.name}", processes, self.bank.references, scenario)
        self.decided.append(stream)
        return stream

    @contextmanager
    def _decisions(self, stream: Decided | None, servers: Mapping[str, RunningServer], load: Load) -> Iterator[None]:
        """Report and decide at a steady rate while the block runs."""
        if stream is None:
            yield
            return
        plan = plan_for(
            servers[staydown.NAME],
            self.bank.keys,
            measure_s=load.settle_s + load.measure_s,
            rate_per_s=self.options.decisions,
        )
        with deciding(plan) as result:
            yield
            stream.rounds.append(result())
            stream.others.append(None)

    def _references(self, who: str) -> int:
        return min(self.options.peer_references, self.bank.references) if who == peer.NAME else self.bank.references

    def _load(self, connections: int, *, longer: int = 1) -> Load:
        options = self.options
        return Load(connections, longer * options.settle, longer * options.duration, processes=options.client_processes)

    def _open_loads(self, scenario: Scenario, processes: int) -> list[Load]:
        """Return the open loops: the rates that were asked for, or half of what 16 connections asked by signals."""
        rates = self.options.rates
        if rates is None and not scenario.name.startswith("signals_"):
            return []
        if rates is None:
            ours = [
                as_row(one)
                for one in self.measured
                if (one.scenario, one.contestant, one.processes) == (scenario, staydown.NAME, processes)
            ]
            reached = {row["connections"]: row["requests_per_s"] for row in ours}
            rates = [reached[_HALF_OF] / 2] if reached.get(_HALF_OF) else []
        return [replace(self._load(_OPEN_CONNECTIONS), rate_per_s=rate) for rate in rates]


def _answers(address: str, scenarios: Sequence[Scenario]) -> dict[str, bytes]:
    """Ask the service each scenario's first question; the bare route answers the same."""
    return {one.name: _answer(address, one) for one in scenarios if bare.NAME in one.requests}


def _answer(address: str, scenario: Scenario) -> bytes:
    where = urlsplit(address)
    request: Request = scenario.requests[staydown.NAME][0]
    pieces = [request.before] if request.after is None else [request.before, _NUMBER, request.after]
    status, answer = ask_once(str(where.hostname), int(where.port or 0), pieces)
    if status >= HTTPStatus.BAD_REQUEST or request.expected not in answer:
        message = f"{scenario.name} was answered {status}: {answer[:500]!r}"
        raise RuntimeError(message)
    return answer
