"""
Hashing as others do it: on full pixels, as their documentation shows.

Source of `threatexchange`: github facebook/ThreatExchange, python-threatexchange/threatexchange/signal_type/pdq/
pdq_hasher.py (`pdq_from_bytes`); the few lines are written again here, for its packages are not ours. HEIC is read
where Pillow has been taught it, as the benchmark does: by itself none of them reads it.
"""

import io
from pathlib import Path

import av
import imagehash
import numpy as np
import pdqhash
from PIL import Image

PHASH_SIDE = 16
"""256 bits, as many as the others take."""


def imagehash_phash(data: bytes) -> object:
    """Take imagehash's pHash."""
    return imagehash.phash(Image.open(io.BytesIO(data)), hash_size=PHASH_SIDE)


def pdqhash_full(data: bytes) -> object:
    """Take pdqhash's PDQ of all pixels, and nothing else."""
    return pdqhash.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def threatexchange(data: bytes) -> object:
    """Take python-threatexchange's PDQ: Pillow, pdqhash, hexadecimal digits by way of a string of bits."""
    picture: Image.Image = Image.open(io.BytesIO(data))
    if picture.mode in ("LA", "I;16"):
        picture = picture.convert("RGB")
    pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = np.concatenate([pixels[..., np.newaxis]] * 3, axis=2)
    vector, quality = pdqhash.compute(pixels)
    bits = "".join([str(bit) for bit in vector])
    return f"{int(bits, 2):064x}", quality


def vpdq(path: Path) -> object:
    """Decode a video whole and take PDQ of the first frame of each second, as vPDQ does."""
    found, due_s = [], 0.0
    with av.open(path) as container:
        stream = container.streams.video[0]
        for frame in container.decode(stream):
            if frame.time is None or frame.time + 1e-6 < due_s:
                continue
            due_s += 1.0
            found.append(pdqhash.compute(frame.to_ndarray(format="rgb24")))
    return found
