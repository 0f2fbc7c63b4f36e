"""
Arrays in files of numpy's own format, read one at a time.

numpy reads the head of such a file by `ast.literal_eval`. Python counts how deep it is in one place for all threads
(seen on 3.11; python/cpython#106905), so that of two that read at the same moment one may end with `SystemError`.
"""

import threading
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

_ONE_AT_A_TIME: Final = threading.Lock()


def map_array(path: Path) -> npt.NDArray[Any]:
    """
    Map an array that `numpy.save` wrote, of whichever dtype and shape; nobody can write to it.

    Args:
        path: A `.npy` file.

    Raises:
        OSError: If it is missing or cannot be read.

        ValueError: If it is no such file, or cut short.
    """
    with _ONE_AT_A_TIME:
        mapped: npt.NDArray[Any] = np.load(path, mmap_mode="r")
        return mapped


def read_arrays(file: BinaryIO, *names: str) -> list[npt.NDArray[Any]]:
    """
    Read some of the arrays that `numpy.savez` wrote, of whichever dtype and shape; pickled objects are refused.

    Args:
        file: A `.npz` file.

        *names: Of the arrays; whatever else is in it is not read.

    Raises:
        KeyError: If one is not there.

        ValueError, OSError, zipfile.BadZipFile: If it is no such file, or cut short.
    """
    with _ONE_AT_A_TIME, np.load(file, allow_pickle=False) as arrays:
        return [arrays[name] for name in names]
