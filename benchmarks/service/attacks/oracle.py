"""
`python -m benchmarks oracle`: how much of a banked hash somebody finds out by asking what matches.

The attack that found a banked PDQ exactly by 512 chosen codes, at its best: it begins at an edited copy, walks to the
border of what matches, and there asks one question for each bit. Codes go as signals, or as pictures that are made
to have exactly that code (PDQ keeps the signs of 256 cosines, so any balanced code is some picture's). It asks on until
its questions are used up, also when it is refused, and what no answer told it, it guesses.

A trusted key is asked too, to show that the attack works.
"""

import argparse
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pdqhash
from fastapi.testclient import TestClient
from PIL import Image
from rich.console import Console
from rich.table import Table
from scipy.fft import idctn

from api.app import create_app
from api.bootstrap import prepare_data
from api.security.keys import KeyTerms, create_key
from api.service import Service
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, settings_for
from casework.domain.actor import Role

Bits = npt.NDArray[np.bool_]
"""A PDQ code: bool, shape (256,), as `pdqhash` gives it."""

Ask = Callable[[Bits], bool | None]
"""Asks whether a code matches; None if no answer was given."""

WIDTH = 256
COPY_BITS = 14
"""How far the edited copy is that the attack begins with."""

_SIDE = 16


@dataclass
class Attack:
    """
    Somebody who holds an edited copy of a removed picture and wants the hash of the original.

    Args:
        ask: Asks the service.

        start: Code of the copy.

        rng: Chooses the way to the border.
    """

    ask: Ask
    start: Bits
    rng: np.random.Generator
    questions: int = 0
    refused: int = 0
    told: dict[int, bool] = field(default_factory=dict)

    def run(self, questions: int) -> None:
        """Ask so many questions; once every bit is told, or nothing is answered, go another way and ask again."""
        while self.questions < questions:
            base = self._border()
            if base is not None:
                self._ask_each_bit(base, questions)

    def wrong_bits(self, original: Bits) -> float:
        """Return how many bits are wrong, where what was not told is guessed by the toss of a coin."""
        wrong = sum(value != bool(original[bit]) for bit, value in self.told.items())
        return wrong + (WIDTH - len(self.told)) / 2

    def _asked(self, code: Bits) -> bool | None:
        self.questions += 1
        answer = self.ask(code)
        self.refused += answer is None
        return answer

    def _border(self) -> Bits | None:
        """Flip pairs of bits away from the copy, and return the last code on the way that matches."""
        ones, zeros = (self.rng.permutation(np.flatnonzero(self.start == value)) for value in (True, False))
        least, most = 0, 40
        while most - least > 1:
            middle = (least + most) // 2
            answer = self._asked(_flipped(self.start, *ones[:middle], *zeros[:middle]))
            if answer is None:
                return None
            least, most = (middle, most) if answer else (least, middle)
        return _flipped(self.start, *ones[:least], *zeros[:least])

    def _ask_each_bit(self, base: Bits, questions: int) -> None:
        """Flip each bit beside one that is known to be right: it still matches exactly if the bit was wrong."""
        ones, zeros = (self.rng.permutation(np.flatnonzero(base == value)) for value in (True, False))
        pivots = next(
            (pair for pair in zip(ones, zeros, strict=False) if self._asked(_flipped(base, *pair)) is False), None
        )
        if pivots is None:
            return
        self.told |= {int(pivot): bool(base[pivot]) for pivot in pivots}
        for bit in self.rng.permutation(WIDTH):
            if self.questions >= questions or bit in pivots:
                continue
            answer = self._asked(_flipped(base, bit, pivots[0] if not base[bit] else pivots[1]))
            if answer is not None:
                self.told[int(bit)] = bool(base[bit]) ^ answer


def picture_of(code: Bits) -> bytes:
    """Make a PNG whose PDQ is exactly a code; half of its bits must be set, as in every picture's."""
    cosines = np.zeros((64, 64))
    cosines[1 : _SIDE + 1, 1 : _SIDE + 1] = code[::-1].reshape(_SIDE, _SIDE) * 2.0 - 1
    waves = idctn(cosines, norm="ortho")
    grey = np.clip(128 + waves * (100 / np.abs(waves).max()), 0, 255).astype(np.uint8)
    return _png(Image.fromarray(grey).resize((512, 512), Image.Resampling.BICUBIC))


def some_picture(rng: np.random.Generator) -> bytes:
    """Make a picture like no other: a PNG."""
    rough = Image.fromarray(rng.integers(0, 256, (24, 32), dtype=np.uint8))
    return _png(rough.resize((480, 360), Image.Resampling.BICUBIC))


def code_of(data: bytes) -> Bits:
    """Return the PDQ of a picture."""
    value, _ = pdqhash.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    return np.asarray(value).astype(bool)


def near(code: Bits, bits: int, rng: np.random.Generator) -> Bits:
    """Return a code so many bits away, an even number, with as many set."""
    ones, zeros = (rng.permutation(np.flatnonzero(code == value))[: bits // 2] for value in (True, False))
    return _flipped(code, *ones, *zeros)


def asking(http: TestClient, key: str, how: Literal["signals", "files"]) -> Ask:
    """Return what asks the service about codes, by signals or as files."""
    headers = {"Authorization": f"Bearer {key}"}

    def ask(code: Bits) -> bool | None:
        if how == "signals":
            value = np.packbits(code).tobytes().hex()
            body = {"signals": [{"type": "pdq/1", "value": value}]}
            response = http.post("/v1/match", headers=headers, json=body)
        else:
            files = {"media": ("a.png", picture_of(code), "image/png")}
            response = http.post("/v1/match", headers=headers, files=files, data={"depth": "fast"})
        return None if response.status_code in (403, 429) else bool(response.json()["matches"])

    return ask


def take_down(http: TestClient, reporter: str, reviewer: str, picture: bytes) -> None:
    """Report a picture with one key, look at it and uphold the report with another."""
    headers = {"Authorization": f"Bearer {reporter}"}
    report = {
        "reporter": {"relation": "subject", "name": "A", "contact": "a@example.org"},
        "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
        "content": {"url": "https://example.org/1"},
        "facts": {"nudity": True},
    }
    filed = http.post(
        "/v1/reports",
        headers=headers,
        data={"report": json.dumps(report)},
        files={"media": ("a.png", picture, "image/png")},
    ).json()
    headers = {"Authorization": f"Bearer {reviewer}"}
    http.get(f"/v1/cases/{filed['case_id']}/media/0", headers=headers).raise_for_status()
    http.post(f"/v1/cases/{filed['case_id']}/decision", headers=headers, json={"outcome": "uphold"}).raise_for_status()


def alarms(service: Service, principal: str) -> int:
    """Count the alarms a key raised."""
    with service.reading() as uow:
        return sum(entry.action == "key:probing" for entry in uow.audit.of([principal]))


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status: 1 if an untrusted key found out too much."""
    options = _parser().parse_args(argv)
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory(prefix="staydown-") as folder, progress_line() as progress:
        settings = settings_for(Path(folder), "", untrusted_files_per_hour=options.files_per_hour, worker=False)
        prepare_data(settings)
        with TestClient(create_app(settings)) as http:
            service: Service = http.app.state.service  # type: ignore[attr-defined]
            attacks: list[tuple[str, bool, Literal["signals", "files"]]] = [
                ("trusted key, by signals", True, "signals"),
                ("untrusted key, by signals", False, "signals"),
                ("untrusted key, by files", False, "files"),
            ]
            with service.writing() as uow:
                reporter, reviewer = (
                    create_key(uow, KeyTerms(name=role.value, role=role), actor=ACTOR).key
                    for role in (Role.INTAKE, Role.SENIOR)
                )
            for number, (name, trusted, how) in enumerate(attacks):
                progress(name)
                rng = np.random.default_rng(options.seed + number)
                picture = some_picture(rng)
                take_down(http, reporter, reviewer, picture)
                with service.writing() as uow:
                    terms = KeyTerms(name=name, role=Role.PIPELINE, trusted=trusted)
                    key = create_key(uow, terms, actor=ACTOR)
                original = code_of(picture)
                attack = Attack(asking(http, key.key, how), near(original, COPY_BITS, rng), rng)
                attack.run(300 if trusted else options.questions)
                rows.append(
                    {
                        "attack": name,
                        "questions": attack.questions,
                        "answered": attack.questions - attack.refused,
                        "bits_told": len(attack.told),
                        "wrong_bits": attack.wrong_bits(original),
                        "alarms": alarms(service, key.id),
                    }
                )
    result = {"benchmark": "oracle", "environment": environment(), "seed": options.seed, "attacks": rows}
    publish(result, options.json, show=lambda: _print(rows))
    held = all(row["wrong_bits"] >= WIDTH / 4 and row["alarms"] > 0 for row in rows[1:])
    return 0 if held else 1


def _flipped(code: Bits, *bits: int) -> Bits:
    flipped = code.copy()
    flipped[list(bits)] ^= True
    return flipped


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _print(rows: Sequence[dict[str, Any]]) -> None:
    table = Table(title=f"finding out a banked PDQ from a copy {COPY_BITS} bits away")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="left" if name == "attack" else "right")
    for row in rows:
        table.add_row(*(f"{value:,}" if not isinstance(value, str) else value for value in row.values()))
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks oracle", description=__doc__)
    parser.add_argument("--questions", type=lambda text: int(float(text)), default=10_000)
    parser.add_argument(
        "--files-per-hour", type=int, default=1_000_000, help="so many that the alarm alone must stop it"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
