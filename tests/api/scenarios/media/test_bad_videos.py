"""Every odd video has an answer that says what to do, and the service goes on."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.videos import scene, write_video

SHOT = scene(900, frames=40)


def mp4(folder: Path, **options: object) -> bytes:
    """Four seconds, its index at the end as cameras write it."""
    return write_video(folder / "a.mp4", SHOT, every=10, **options).read_bytes()


def sound_alone(folder: Path) -> bytes:
    """Write a voice message in a video container."""
    with av.open(folder / "a.mp4", "w") as container:
        stream = container.add_stream("aac", rate=44_100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44_100
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    return (folder / "a.mp4").read_bytes()


def ten_hours(folder: Path) -> bytes:
    """Write three stills whose header claims to last all day."""
    return write_video(folder / "a.mp4", SHOT[:3], times=[0, 18_000, 36_000]).read_bytes()


def nothing_but_a_header(folder: Path) -> bytes:
    """Leave an index that promises frames, and none of them."""
    data = mp4(folder, faststart=True)
    return data[: data.index(b"mdat") + 4]


REFUSED: dict[str, tuple[Callable[[Path], bytes], int, str]] = {
    "cut off before its index": (lambda folder: mp4(folder)[:20_000], 422, "undecodable"),
    "a container's first bytes alone": (lambda folder: mp4(folder)[:40], 422, "undecodable"),
    "an index without frames": (nothing_but_a_header, 422, "undecodable"),
    "a codec nobody has": (lambda folder: mp4(folder).replace(b"avc1", b"zzzz"), 415, "missing-codec"),
    "sound alone": (sound_alone, 415, "no-picture"),
    "ten hours by its header": (ten_hours, 413, "too-long"),
}


def ask(staydown: Staydown, data: bytes, address: str = "/v1/hash"):
    """Send a video under a name that says something else."""
    fields = {"report": '{"reporter": {"relation": "subject"}}'} if address == "/v1/reports" else {}
    headers = staydown.headers(Role.ADMIN)
    return staydown.http.post(address, headers=headers, data=fields, files={"media": ("a.jpg", data, "image/jpeg")})


@pytest.mark.parametrize("address", ["/v1/match", "/v1/reports"])
@pytest.mark.parametrize("name", REFUSED)
def test_bad_video_is_refused_with_what_to_do(staydown: Staydown, tmp_path: Path, name: str, address: str) -> None:
    """One bad file is one answer, and the next file is looked at as if nothing had been."""
    make, status, slug = REFUSED[name]
    response = ask(staydown, make(tmp_path), address)
    assert (response.status_code, response.json()["type"]) == (status, f"urn:staydown:problem:{slug}"), response.text
    assert "send " in response.json()["detail"].lower()
    assert staydown.match(pdq="0" * 64)["verdict"] == "allow"


@pytest.mark.parametrize("faststart", [True, False], ids=["index first", "index last"])
def test_index_may_stand_at_either_end(staydown: Staydown, tmp_path: Path, faststart: bool) -> None:
    """Streaming sites move it to the front, cameras write it last."""
    media = ask(staydown, mp4(tmp_path, faststart=faststart)).json()["media"]
    assert (media["duration_s"], media["seen_s"]) == (pytest.approx(4, abs=0.1), pytest.approx(4, abs=0.1))


def test_damage_in_the_middle_is_told_in_seconds(staydown: Staydown, tmp_path: Path) -> None:
    """One bad sector hides no video: what decodes is hashed, and the answer says how much that was."""
    data = bytearray(write_video(tmp_path / "a.mkv", scene(901, frames=200), every=20).read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = np.random.default_rng(1).bytes(third)
    media = ask(staydown, bytes(data)).json()["media"]
    assert media["duration_s"] == pytest.approx(20, abs=0.5)
    assert 5 < media["seen_s"] < 18


def test_video_cut_off_after_its_index_is_hashed_as_far_as_it_goes(staydown: Staydown, tmp_path: Path) -> None:
    """A broken upload of a removed video is still recognised."""
    data = mp4(tmp_path, faststart=True)
    media = ask(staydown, data[: len(data) // 2]).json()["media"]
    assert media["duration_s"] == pytest.approx(4, abs=0.1)
    assert 0.5 < media["seen_s"] < 3.5


def test_limits_of_the_operator_hold(tmp_path: Path) -> None:
    """Frames, seconds and bytes, each refused by name before anything large is decoded."""
    limits = {"max_video_pixels": 50_000, "max_video_duration_s": 3, "max_video_bytes": 60_000_000}
    with running(settings_in(tmp_path, **limits)) as small:
        large = ask(small, mp4(tmp_path))
        assert (large.status_code, large.json()["type"]) == (413, "urn:staydown:problem:too-many-pixels")
        tiny = write_video(tmp_path / "b.mp4", scene(902, frames=40, width=160, height=120)).read_bytes()
        assert ask(small, tiny).json()["type"] == "urn:staydown:problem:too-long"
        heavy = ask(small, tiny + bytes(61_000_000))
        assert (heavy.status_code, heavy.json()["type"]) == (413, "urn:staydown:problem:too-large")
        assert small.match(pdq="0" * 64)["verdict"] == "allow"
