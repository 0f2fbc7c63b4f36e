"""Memory with a fence: whoever reads or writes past the end of an array is killed by the system."""

import ctypes
import mmap

import numpy as np

_PAGE = mmap.PAGESIZE
_NO_ACCESS = 0


def fenced(array: np.ndarray) -> np.ndarray:
    """
    Copy an array to where its last byte is the last of a page, and the page after it may not be touched.

    The instructions of `index/hashes/tables/lanes.py` check no bounds whatever Numba is told, so this must.
    """
    size = -(-array.nbytes // _PAGE) * _PAGE
    memory = mmap.mmap(-1, size + _PAGE)
    fence = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + size
    if ctypes.CDLL(None, use_errno=True).mprotect(ctypes.c_void_p(fence), ctypes.c_size_t(_PAGE), _NO_ACCESS):
        raise OSError(ctypes.get_errno(), "mprotect failed")
    copy = np.frombuffer(memory, array.dtype, array.size, size - array.nbytes).reshape(array.shape)
    copy[...] = array
    copy.flags.writeable = array.flags.writeable
    return copy
