"""
Hamming distance, scalar and batch: the one measure all hash signals share.

Invariant: thresholds are inclusive. All code that compares a distance says `distance <= threshold`, or asks `agrees`.
"""

import numpy as np
import numpy.typing as npt

from matcher.errors import WidthMismatchError

Codes = npt.NDArray[np.uint8]
"""Packed hashes: uint8, shape (n, bits // 8), most significant bit first."""

Distances = npt.NDArray[np.int32]


def hamming(a: bytes, b: bytes) -> int:
    """
    Count the bits in which two values differ.

    Args:
        a: Packed bits.

        b: Packed bits, as wide.

    Returns:
        0..8 × len(a). 0 means identical.

    Raises:
        WidthMismatchError: If the two differ in length.
    """
    _check_widths(len(a), len(b))
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).bit_count()


def hamming_matrix(queries: Codes, references: Codes) -> Distances:
    """
    Count the bits that differ between each query and each reference.

    Args:
        queries: uint8, shape (n, bits // 8), most significant bit first.

        references: uint8, shape (m, bits // 8), packed alike.

    Returns:
        int32, shape (n, m), each in 0..bits. 0 means identical.

    Raises:
        WidthMismatchError: If the two differ in bits.
    """
    _check_widths(queries.shape[1], references.shape[1])
    differing: Codes = np.bitwise_count(queries[:, None, :] ^ references[None, :, :])
    distances: Distances = differing.sum(axis=2, dtype=np.int32)
    return distances


def agrees(distance: int, *, threshold: int) -> bool:
    """Tell whether a distance is within a threshold, in bits, inclusive."""
    return distance <= threshold


def as_codes(value: bytes) -> Codes:
    """View one packed value as codes, uint8 of shape (1, len(value))."""
    return np.frombuffer(value, dtype=np.uint8)[None, :]


def _check_widths(a_bytes: int, b_bytes: int) -> None:
    if a_bytes != b_bytes:
        raise WidthMismatchError(f"{8 * a_bytes} bits cannot be compared with {8 * b_bytes}; compare one signal type")
