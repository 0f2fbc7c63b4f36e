"""
Makes the files a codec has to make: `python -m tests.contracts.recorded.films`.

Run it for a new file only: other bytes are another file, and another recording.
"""

import base64
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.contracts.recorded.pictures import MADE_ONCE, scene
from tests.helpers.media.videos import write_video


def jpeg(seed: int, *, quality: int) -> bytes:
    """Encode a scene as JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(scene(seed)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def film(folder: Path, seed: int, *, frames: int) -> bytes:
    """Film a window that moves over a scene, 10 frames a second."""
    still = scene(seed, width=160 + 8 * frames, height=128)
    shots = [still[:, 8 * number : 8 * number + 160].copy() for number in range(frames)]
    return write_video(folder / "film.mp4", shots, every=10).read_bytes()


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        made = {
            "coast.jpg": jpeg(1, quality=60),
            "garden.jpg": jpeg(3, quality=60),
            "short.mp4": film(Path(folder), 11, frames=20),
            "long.mp4": film(Path(folder), 12, frames=60),
        }
    encoded = {name: base64.b64encode(data).decode() for name, data in made.items()}
    MADE_ONCE.write_text(json.dumps(encoded, indent=1) + "\n")
