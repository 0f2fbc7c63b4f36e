"""
A toy signal type, written as anybody would write one: a hash of 64 bits in one file, and its row in the table.

Run as ``python -m tests.contracts.toys.toy_signal COMMAND …`` it is `staydown` with that row: the table is imported,
the row is added, and only then is everything imported that derives from the table.
"""

import sys
from collections.abc import Sequence

import cv2
import numpy as np

from matcher.media import Image
from matcher.signals import SIGNAL_TYPES
from matcher.signals.base import Signal, SignalType

SIDE = 8


class Toy(SignalType):
    """Which of 8 × 8 boxes are brighter than the middle one."""

    name = "toy/1"
    bits = SIDE * SIDE
    threshold = 6
    label = "Toy hash"

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture."""
        boxes = cv2.resize(image.canonical.mean(axis=2), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        return Signal(self.name, np.packbits(boxes > np.median(boxes)).tobytes())


def main(arguments: Sequence[str]) -> int:
    """Run a command of Staydown with the row in the table."""
    from tests.contracts.toys.toy_signal import (
        Toy as Importable,  # by this name the processes that decode import it, too
    )

    SIGNAL_TYPES[Importable.name] = Importable()
    from api.cli import main as staydown

    return staydown(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
