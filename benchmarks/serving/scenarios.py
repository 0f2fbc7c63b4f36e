"""SCENARIOS: the one table of what is asked. A new one is a function here and a row at the foot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.hashing.files import SIZES, as_file, clip, enlarged
from benchmarks.serving.banking import Photos
from benchmarks.serving.contestants import bare, peer, staydown
from benchmarks.serving.load.plan import Request
from benchmarks.serving.measuring import Scenario
from benchmarks.serving.questions import Asked, batches, file_request, mixed, registrations, signals_questions

MATCH: Final = "/v1/match"
CLIP_S: Final = 10.0
_LARGE_PIXELS = 5e6
_FEW = 4
"""Different pictures of more than that; they take long to make, and are all sent as new files anyway."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """
    Of what requests are made.

    Args:
        key: That is trusted.

        asked: Values.

        photos: Of which pictures are made.

        clips: Folder of clips; None to make one.

        seed: For everything that is drawn.
    """

    key: str
    asked: Asked
    photos: Photos
    clips: Path | None
    seed: int


Build = Callable[[str, Material], Scenario]


def _addresses(name: str) -> Mapping[str, str]:
    """Where each contestant is asked by signals."""
    return {staydown.NAME: MATCH, bare.NAME: f"/{name}", peer.NAME: MATCH}


def _miss(name: str, material: Material) -> Scenario:
    return Scenario(name, {who: _strangers(who, path, material) for who, path in _addresses(name).items()})


def _hit(name: str, material: Material) -> Scenario:
    return Scenario(name, {who: _copies(who, path, material) for who, path in _addresses(name).items()})


def _mixed(name: str, material: Material) -> Scenario:
    return Scenario(
        name,
        {
            who: mixed(_copies(who, path, material), _strangers(who, path, material), material.seed)
            for who, path in _addresses(name).items()
        },
    )


def _batch(size: int) -> Build:
    def build(name: str, material: Material) -> Scenario:
        paths = {staydown.NAME: "/v1/match/batch", bare.NAME: f"/{name}"}
        requests = {
            who: batches(path, material.key, material.asked, size=size, seed=material.seed)
            for who, path in paths.items()
        }
        return Scenario(name, requests, hashes=size)

    return build


def _register(name: str, material: Material) -> Scenario:
    return Scenario(name, {staydown.NAME: registrations(material.key, material.asked.strangers)})


def _register_beside(name: str, material: Material) -> Scenario:
    requests = {staydown.NAME: registrations(material.key, material.asked.strangers)}
    return Scenario(name, requests, beside=_miss("signals_miss", material))


def _image(megapixels: str, depth: str) -> Build:
    def build(name: str, material: Material) -> Scenario:
        pixels, photos = SIZES[megapixels], material.photos
        strangers = photos.strangers[: _FEW if pixels > _LARGE_PIXELS else None]
        files = [as_file(enlarged(each, pixels, material.seed), "JPEG") for each in strangers]
        copy = as_file(enlarged(photos.banked[0], pixels, material.seed), "JPEG")
        asked = [(file, b'"allow"') for file in files] + [(copy, b'"tkd_')]
        return Scenario(name, _of_files(asked, "image/jpeg", depth, material), of_files=True)

    return build


def _video(name: str, material: Material) -> Scenario:
    file = clip(material.clips, seconds=CLIP_S, seed=material.seed)
    requests = _of_files([(file, b'"allow"')], "video/mp4", "deep", material)
    return Scenario(name, {staydown.NAME: requests[staydown.NAME]}, of_files=True)


def _of_files(
    asked: Sequence[tuple[bytes, bytes]], kind: str, depth: str, material: Material
) -> dict[str, list[Request]]:
    """Ask ours and the peer with the same files; the peer does not know what is banked of ours."""
    fields = {"depth": depth}
    return {
        staydown.NAME: [
            file_request(MATCH, material.key, file, kind=kind, fields=fields, expected=expected)
            for file, expected in asked
        ],
        peer.NAME: [file_request(MATCH, material.key, file, kind=kind, fields=fields) for file, _ in asked],
    }


def _strangers(who: str, path: str, material: Material) -> Sequence[Request]:
    expected = b"" if who == bare.NAME else b'"allow"'
    return signals_questions(path, material.key, material.asked.strangers, expected=expected)


def _copies(who: str, path: str, material: Material) -> Sequence[Request]:
    expected = {staydown.NAME: b'"tkd_', peer.NAME: b'"block"'}.get(who, b"")
    return signals_questions(path, material.key, material.asked.copies, expected=expected)


SCENARIOS: Final[dict[str, Build]] = {
    "signals_miss": _miss,
    "signals_hit": _hit,
    "signals_mixed": _mixed,
    "batch_100": _batch(100),
    "batch_1000": _batch(1_000),
    **{f"image_{depth}_{size}mp": _image(size, depth) for depth in ("fast", "deep") for size in SIZES},
    "video_10s": _video,
    "register_signals": _register,
    "register_signals_under_load": _register_beside,
}
"""Name → what makes its requests."""

OF_FILES: Final = tuple(name for name in SCENARIOS if name.startswith(("image_", "video_")))
"""Those for which photos are banked."""
