"""Two files, compared by every signal."""

import numpy as np
from PIL import Image

from matcher.comparing.files import compare_hashed
from matcher.hashing.features import Features
from matcher.moments.evidence import VideoEvidence
from matcher.sandbox.hasher import InProcess
from matcher.strength import Strength
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture


def animation(frames: list[np.ndarray]) -> bytes:
    """Show each picture for half a second."""
    pictures = [Image.fromarray(frame) for frame in frames]
    return encoded(pictures[0], "WEBP", save_all=True, append_images=pictures[1:], duration=500)


def test_cropped_animation_is_compared_by_its_scenes() -> None:
    """The first frame alone says nothing of what comes after it."""
    frames = [texture(960 + n, width=320, height=240) for n in range(3)]
    copy = animation([texture(970, width=240, height=180), *[frame[30:210, 40:280] for frame in frames]])
    known = InProcess().hash_image(animation(frames), features=Features.STORED)
    found = compare_hashed(known, InProcess().hash_image(copy, features=Features.ASKED))
    assert found.comparison.strength is Strength.PARTIAL
    assert isinstance(found.local, VideoEvidence)
    assert found.local.frames == 3
