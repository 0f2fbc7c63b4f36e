"""
What is fed with hostile bytes: every place where bytes or text of strangers are read.

A target is a function that takes bytes. It returns what it made of them, or raises an error that says what is wrong
with them; anything else is a finding.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from fastapi.testclient import TestClient

from api.app import create_app
from api.security.keys import KeyTerms, create_key
from api.service import Service
from api.settings import Settings
from casework.domain.actor import Role, policy_actor
from matcher.errors import MatcherError
from matcher.sandbox.pool import VIDEOS, Sandbox
from matcher.sandbox.seat import Bounds
from matcher.signals import SIGNAL_TYPES, signal_type
from matcher.signals.local import LocalFeatures, extract_reference
from matcher.signals.scenes import Scene, scenes_of
from matcher.signals.scenes import signal_of as signal_of_scenes
from matcher.signals.video import VideoFrames, from_vpdq_lines, to_vpdq_lines
from tests.helpers.media.animations import ANIMATED, animation, animation_of_dots
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.media.textures import texture
from tests.helpers.media.videos import scene, write_video
from tests.helpers.records.empty_records import prepare_empty

Run = Callable[[bytes], object]
BOUNDS = Bounds(timeout_s=20, cpu_s=20, memory_bytes=1_500_000_000)


@dataclass(frozen=True)
class Target:
    """
    One place where bytes come in.

    Args:
        seeds: Makes good inputs, to be mutated.

        opened: Opens what it takes to read, for a `with` block.

        allowed: Errors that say what is wrong with the input.
    """

    seeds: Callable[[], Sequence[bytes]]
    opened: Callable[[], AbstractContextManager[Run]]
    allowed: tuple[type[Exception], ...]


class ServerError(Exception):
    """The service answered 5xx."""


# -- files ------------------------------------------------------------------------------------------------------------


def picture_seeds() -> list[bytes]:
    """Return one small file of each format, still and moving."""
    still = photo(1, width=96, height=64)
    kinds = [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True})]
    kinds += [("GIF", {}), ("AVIF", {}), ("HEIF", {}), ("BMP", {}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})]
    files = [encoded(still, kind, **options) for kind, options in kinds]
    shots = [photo(seed, width=64, height=48) for seed in (1, 2, 3)]
    return [*files, *(animation(shots, kind) for kind in ANIMATED), animation_of_dots(20, side_px=64)]


@contextmanager
def picture_hasher() -> Iterator[Run]:
    """Hash as an upload is hashed."""
    with Sandbox(workers=1, bounds=BOUNDS) as sandbox:
        yield lambda data: sandbox.hash_image(data, preview_side_px=64)


def video_seeds() -> list[bytes]:
    """Return one small file of each container."""
    frames = scene(1, frames=12, width=64, height=48)
    with TemporaryDirectory() as folder:
        made = [
            write_video(Path(folder) / f"clip.{suffix}", frames, codec=codec, every=4)
            for suffix, codec in (
                ("mp4", "libx264"),
                ("mov", "libx264"),
                ("mkv", "libx264"),
                ("avi", "mjpeg"),
                ("webm", "libvpx"),
            )
        ]
        return [path.read_bytes() for path in made]


@contextmanager
def video_hasher() -> Iterator[Run]:
    """Hash as an upload is hashed."""
    with Sandbox(workers=1, bounds=BOUNDS, module=VIDEOS) as sandbox, TemporaryDirectory() as folder:
        path = Path(folder) / "clip"

        def run(data: bytes) -> object:
            path.write_bytes(data)
            return sandbox.hash_video(path)

        yield run


# -- values and lines -------------------------------------------------------------------------------------------------


def value_seeds() -> list[bytes]:
    """Return values of every type, each with its name before it."""
    stored = extract_reference(texture(1, width=240, height=180))
    rng = np.random.default_rng(1)
    values = {
        "local/1": stored.to_bytes(),
        "scenes/1": signal_of_scenes([Scene(time_s=1.0, until_s=2.0, features=stored)]).value,
        "video/1": frames_of_a_video().to_bytes(),
    }
    values |= {name: rng.bytes(row.bits // 8) for name, row in SIGNAL_TYPES.items() if name not in values}
    return [name.encode() + b"\0" + value for name, value in values.items()]


def frames_of_a_video() -> VideoFrames:
    """Return the frames of a short video."""
    lines = [f"{n},{90 + n % 10},{'%064x' % (n * 0x1234567)},{n / 2:.3f}" for n in range(12)]
    return from_vpdq_lines(lines)


def read_value(data: bytes) -> object:
    """Read a value as the index and the evidence read one that is stored."""
    name, _, value = data.partition(b"\0")
    match name.decode("latin-1"):
        case "local/1":
            return LocalFeatures.from_bytes(value)
        case "scenes/1":
            return scenes_of(value)
        case "video/1":
            return VideoFrames.from_bytes(value)
        case other:
            return signal_type(other).parse(value.hex())


def parse_text(data: bytes) -> object:
    """Read a value as text of JSON carries it: hexadecimal digits, or lines."""
    name, _, value = data.partition(b"\0")
    return signal_type(name.decode("latin-1")).parse(value.decode("utf-8", "surrogateescape"))


def text_seeds() -> list[bytes]:
    """Return values of every type as text, each with its name before it."""
    found = []
    for one in value_seeds():
        name, _, value = one.partition(b"\0")
        found.append(name + b"\0" + SIGNAL_TYPES[name.decode()].format(value).encode())
    return found


def line_seeds() -> list[bytes]:
    """Return a video as vPDQ's own tools write it."""
    return ["\n".join(to_vpdq_lines(frames_of_a_video())).encode()]


def read_lines(data: bytes) -> object:
    """Read vPDQ lines."""
    return from_vpdq_lines(data.decode("utf-8", "surrogateescape").splitlines())


# -- requests ---------------------------------------------------------------------------------------------------------


@contextmanager
def service(content_type: str, *addresses: str) -> Iterator[Run]:
    """Send bodies to addresses of a real service; 5xx is a finding."""
    with TemporaryDirectory() as folder:
        settings = Settings(_env_file=None, data=Path(folder) / "data", decode_workers=1)
        prepare_empty(settings)
        app = create_app(settings)
        with TestClient(app, raise_server_exceptions=False) as http:
            headers = {"Authorization": f"Bearer {key_of(app.state.service)}", "Content-Type": content_type}

            def run(data: bytes) -> int:
                answers = [http.post(address, headers=headers, content=data) for address in addresses]
                for answer in answers:
                    if answer.status_code >= 500:
                        raise ServerError(f"{answer.request.url}: {answer.status_code}: {answer.text[:300]}")
                return min(answer.status_code for answer in answers)

            yield run


def key_of(opened: Service) -> str:
    """Make a key."""
    with opened.writing() as uow:
        return create_key(uow, KeyTerms(name="fuzz", role=Role.ADMIN, trusted=True), actor=policy_actor("tests")).key


def json_seeds() -> list[bytes]:
    """Return questions and reports as programs send them."""
    signals = [{"type": "pdq/1", "value": "5a" * 32, "quality": 100}, {"type": "sha256/1", "value": "00" * 32}]
    report = {
        "reporter": {"relation": "subject", "name": "A", "contact": "a@example.org"},
        "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
        "content": {"url": "https://example.org/1", "post_text": "é🙂"},
        "facts": {"nudity": True, "authority": "verified"},
    }
    documents: list[object] = [
        {"signals": signals},
        {"items": [{"id": "a", "signals": signals}]},
        {"report": report, "signals": signals},
        {"upload": {"upload_id": "a", "uploader_id": "u"}, "signals": signals},
    ]
    return [json.dumps(one).encode() for one in documents]


JSON_ADDRESSES = ("/v1/match", "/v1/match/batch", "/v1/reports", "/v1/uploads", "/v1/keys")
BOUNDARY = "fuzz-boundary"


def form_seeds() -> list[bytes]:
    """Return forms as browsers and programs send them."""
    picture = encoded(photo(1, width=96, height=64))
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    file = (part % ("media", '; filename="a.jpg"')).encode() + picture + b"\r\n"
    fields = (part % ("depth", "")).encode() + b"fast\r\n"
    end = f"--{BOUNDARY}--\r\n".encode()
    return [file + end, fields + file + end, file * 3 + end]


TARGETS: dict[str, Target] = {
    "picture": Target(picture_seeds, picture_hasher, (MatcherError,)),
    "video": Target(video_seeds, video_hasher, (MatcherError,)),
    "value": Target(value_seeds, lambda: nullcontext(read_value), (MatcherError,)),
    "text": Target(text_seeds, lambda: nullcontext(parse_text), (MatcherError,)),
    "vpdq": Target(line_seeds, lambda: nullcontext(read_lines), (MatcherError,)),
    "json": Target(json_seeds, lambda: service("application/json", *JSON_ADDRESSES), ()),
    "form": Target(form_seeds, lambda: service(f"multipart/form-data; boundary={BOUNDARY}", "/v1/hash"), ()),
}
"""Every target by its name."""
