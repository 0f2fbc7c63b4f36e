"""
Freezes the values of a new signal type: `python -m tests.golden.freeze NAME`, as in ``… freeze toy/1``.

It writes `NAME` with a dash into this folder, as `tests/contracts/test_signal_types.py` reads it. A file that is there
is never written again: it stands for the values that are already stored, and other bits are a new version.

    toy-1.json   {name in tests/golden/pictures.py: {"value": as sent and read, "quality": 0..100 or null}, …}
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from matcher.errors import UnknownSignalTypeError
from matcher.signals import signal_type
from matcher.signals.base import SignalType
from tests.golden.pictures import PICTURES, image

GOLDEN = Path(__file__).parent


def golden_file(row: SignalType, folder: Path = GOLDEN) -> Path:
    """Return where the frozen values of a signal type lie."""
    return folder / f"{row.name.replace('/', '-')}.json"


def values_of(row: SignalType) -> Mapping[str, Mapping[str, str | int | None]]:
    """Take a signal type's value and quality of every golden picture."""
    made = {name: row.of_image(image(name)) for name in PICTURES}
    return {name: {"value": row.format(one.value), "quality": one.quality} for name, one in made.items()}


def freeze(row: SignalType, folder: Path = GOLDEN) -> Path:
    """
    Write the golden file of a signal type.

    Raises:
        FileExistsError: If it is there.
    """
    values = json.dumps(values_of(row), indent=2) + "\n"
    path = golden_file(row, folder)
    with path.open("x") as file:
        file.write(values)
    return path


def main() -> None:
    """Freeze the type that is named."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.golden.freeze NAME, as in pdq/1")
    try:
        sys.stdout.write(f"Written: {freeze(signal_type(sys.argv[1]))}\n")
    except UnknownSignalTypeError as error:
        sys.exit(f"error: {error}")
    except FileExistsError as error:
        sys.exit(f"error: {error.filename} is there, and is never written again: other bits are a new version")


if __name__ == "__main__":
    main()
