"""The environment of the processes that decode."""

from pathlib import Path

import matcher
from matcher.compiled import place_of_machine_code


def environment() -> dict[str, str]:
    """
    Return the variables of such a process.

    No secret of the server's: only where our own code is, as source and as machine code, and one thread for each
    library (workers are the parallelism).
    """
    return {
        "PYTHONPATH": str(Path(matcher.__file__).parents[1]),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "NUMBA_NUM_THREADS": "1",
        **place_of_machine_code(),
    }
