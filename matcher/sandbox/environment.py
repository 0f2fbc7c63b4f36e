"""The environment of the processes that decode."""

from pathlib import Path
from typing import Final

import matcher

# No secret of the server's: only where our own code is, and one thread for each library (workers are the parallelism).
ENVIRONMENT: Final = {
    "PYTHONPATH": str(Path(matcher.__file__).parents[1]),
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
}
