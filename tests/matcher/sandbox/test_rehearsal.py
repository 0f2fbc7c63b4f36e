"""What was rehearsed is what tasks need: behind its walls a worker loads no kernel and keeps none that it compiled."""

import subprocess
import sys

_HASH_ANYTHING = """
import numpy as np
from matcher import compiled
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.sandbox.pool import PICTURES
from matcher.sandbox.rehearsal import rehearse
from matcher.signals import taken_types
from tests.helpers.media.pictures import encoded, photo

def compiled_now():
    return {kernel.py_func.__qualname__: len(kernel.signatures) for kernel in compiled._kernels}

rehearse(PICTURES, taken_types())
before = compiled_now()
for codec in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
    for mode in ("RGB", "L"):
        sizes = ((40, 30), (500, 300), (700, 467), (1500, 1000), (3000, 40))
        for size in sizes if codec in ("JPEG", "PNG") else sizes[:3]:
            data = encoded(photo(1, width=size[0], height=size[1]).convert(mode), codec)
            for features in (Features.NONE, Features.ASKED, Features.ASKED | Features.STORED):
                hash_media(data, limits=Limits(), preview_side_px=512, features=features)
after = compiled_now()
print({name: (before.get(name), count) for name, count in after.items() if count != before.get(name)})
"""


def test_no_picture_needs_a_kernel_that_was_not_rehearsed() -> None:
    """Each worker would compile it again, seconds long, while somebody waits for an answer."""
    told = subprocess.run([sys.executable, "-c", _HASH_ANYTHING], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == "{}"
