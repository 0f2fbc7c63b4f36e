"""
One thread for linear algebra, set before numpy is loaded: as in the worker processes.

The matrices here are small. On a busy machine the threads of OpenBLAS wait for each other and take several times the
CPU they save: hashing videos frame by frame took 52 s with two threads and 8 s with one.
"""

import os
from typing import Final

THREADS: Final = os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
