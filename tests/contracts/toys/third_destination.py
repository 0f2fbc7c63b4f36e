"""
A program that adds a third kind of destination to the table and shows what follows; `test_destinations.py` runs it.

    python -m tests.contracts.toys.third_destination FOLDER    prints what the API said of it, as JSON

It is a process of its own, since the API's schemas are made from the table when they are imported.
"""

import json
import sys
from pathlib import Path
from typing import ClassVar

from casework.delivery import DESTINATIONS
from casework.delivery.options import SendOptions
from casework.delivery.target import TargetField
from casework.domain.errors import TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.unit_of_work import Clock


class Pager:
    """Rings a number: writes what it sends beside the exports."""

    label: ClassVar[str] = "pager"
    target_field: ClassVar[TargetField] = TargetField(
        "number", max_length=20, description="For a pager: digits.", example="112"
    )
    signing: ClassVar[str | None] = None
    credentials: ClassVar[str | None] = None

    def __init__(self, target: str, secret: str | None, *, options: SendOptions, clock: Clock) -> None:
        self.check(target, secret, options=options)
        self._rung = options.export_folder / f"{target}.rung"

    @staticmethod
    def make_secret() -> None:
        """Return none: nothing is signed."""

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """Refuse what is no number."""
        if not target.isdecimal():
            message = f"{target!r} is no number"
            raise TargetError(message)

    async def send(self, message: Message) -> Receipt:
        """Ring."""
        self._rung.parent.mkdir(parents=True, exist_ok=True)
        self._rung.write_bytes(message.body)
        return {"rung": True}

    async def close(self) -> None:
        """Hang up."""


def main(folder: Path) -> None:
    """Add a pager and a wrong one, take something down, wait until the pager has rung."""
    DESTINATIONS["pager"] = Pager
    # Only now: whoever imports the API before has the table as it was.
    from casework.domain.actor import Role
    from tests.api.conftest import running, settings_in
    from tests.helpers.running.waiting import eventually

    with running(settings_in(folder)) as staydown:
        admin = staydown.headers(Role.ADMIN)
        pager = {"name": "night shift", "kind": "pager", "events": ["takedown.created"]}
        added = staydown.http.post("/v1/destinations", headers=admin, json={**pager, "number": "117"})
        wrong = staydown.http.post("/v1/destinations", headers=admin, json={**pager, "url": "https://example.org/"})
        signal = {"type": "pdq/1", "value": "5a" * 32, "quality": 100}
        taken_down = staydown.uphold(staydown.report_signals(signal)["case_id"])
        ledger = eventually(
            lambda: staydown.get(f"/v1/takedowns/{taken_down['takedown_id']}/propagation"),
            lambda found: [one["state"] for one in found["items"]] == ["delivered"],
        )
        reference = staydown.http.get("/openapi.json").json()["components"]["schemas"]["DestinationIn"]["properties"]
        print(  # noqa: T201  # what the test reads
            json.dumps(
                {
                    "added": added.json(),
                    "wrong": [wrong.status_code, wrong.json()["errors"]],
                    "listed": staydown.get("/v1/destinations")["items"],
                    "ledger": ledger,
                    "reference": reference,
                }
            )
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
