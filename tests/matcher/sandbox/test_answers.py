"""Whatever a worker that was taken over sends: an answer that can be used, or an error about that file alone."""

import json
import pickle
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matcher.comparing.files import compare_hashed
from matcher.errors import DecoderCrashedError, MatcherError, SignalValueError, UndecodableError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.hashing.videos import HashedVideo, hash_video
from matcher.reading.decode import Limits
from matcher.reading.keyframes import QUERY
from matcher.sandbox.answers.packing import UnfitAnswerError
from matcher.sandbox.answers.previews import check_preview
from matcher.sandbox.answers.reading import Asked, read_image
from matcher.sandbox.answers.writing import packed_error, packed_result
from matcher.sandbox.pool import VIDEOS, Sandbox
from matcher.signals import searched_as, signal_type, taken_types
from matcher.signals.base import SignalType
from tests.helpers.attackers.crafted import Answer, Liar, crafted
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.media.videos import scene, write_video

EVERYTHING = Features.ASKED | Features.STORED
SIDE_PX = 256
STILL = encoded(photo(1))
MOVING = encoded(photo(1), "GIF", save_all=True, append_images=[photo(2), photo(3)], duration=400)


def hashed(data: bytes) -> HashedImage:
    """Hash a picture here."""
    return hash_media(data, limits=Limits(), preview_side_px=SIDE_PX, features=EVERYTHING, types=taken_types())


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds."""
    return write_video(tmp_path_factory.mktemp("films") / "a.mp4", scene(1, frames=30), every=10)


@pytest.fixture(scope="module")
def honest(film: Path) -> Answer:
    """What a worker says of the film."""
    return Answer.of(packed_result(hash_video(film, preview_side_px=SIDE_PX, features=EVERYTHING)))


@cache
def honest_about(data: bytes) -> Answer:
    """What a worker says of a picture."""
    return Answer.of(packed_result(hashed(data)))


def asked(size_bytes: int) -> Asked:
    """Return what is asked for in these tests."""
    return Asked(size_bytes, SIDE_PX, EVERYTHING, taken_types())


def use(found: HashedImage | HashedVideo) -> None:
    """Do with an answer what the service does: search, store, read again, compare."""
    found.query.codes()
    for signal in (*found.query.signals(), *found.signals, *searched_as(found.signals)):
        signal_type(signal.type).check(signal.value)
        assert signal.quality is None or 0 <= signal.quality <= 100
    compare_hashed(found, found)
    json.dumps([found.info.width_px, found.info.duration_s, found.info.seen_s], allow_nan=False)


@pytest.mark.parametrize("data", [STILL, MOVING], ids=["still", "moving"])
def test_honest_answer_about_a_picture_arrives_as_it_was(data: bytes) -> None:
    """Crossing the border changes no bit of what is stored, searched and compared."""
    made = hashed(data)
    read = read_image(packed_result(made), asked(len(data)), Limits())
    assert packed_result(read) == packed_result(made)
    assert (read.info, read.signals, read.preview) == (made.info, made.signals, made.preview)


def test_honest_answer_about_a_video_arrives_as_it_was(film: Path) -> None:
    """The same of frames and scenes."""
    made = hash_video(film, pace=QUERY, preview_side_px=SIDE_PX, features=EVERYTHING)
    with Sandbox(workers=1, module=VIDEOS) as sandbox:
        read = sandbox.hash_video(film, preview_side_px=SIDE_PX, features=EVERYTHING)
    assert (read.info, read.preview) == (made.info, made.preview)
    assert read.query.video.names == made.query.video.names
    assert np.array_equal(read.query.video.frames.times_s, made.query.video.frames.times_s)


def test_errors_of_the_file_arrive_as_they_were() -> None:
    """Callers map errors to answers; text that could not be shown is not let through."""
    with pytest.raises(UndecodableError, match="half a file"):
        read_image(packed_error(UndecodableError("half\na file")), asked(1), Limits())


@pytest.mark.parametrize("name", ["MatcherError", "SandboxClosedError", "GivenUpError", "ValueError", "vars", "Final"])
def test_worker_may_not_raise_what_is_no_error_of_its_file(name: str) -> None:
    """Otherwise it could say that the service is closed, which is answered 503 and tried again for ever."""
    with pytest.raises(UnfitAnswerError):
        read_image(Answer(["error", [name, "x"]]).packed(), asked(1), Limits())


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(["still", "moving"]))
def test_any_answer_about_a_picture_is_usable_or_an_error_of_that_file(shared: st.DataObject, name: str) -> None:
    """A five-byte hash was stored once, and no start succeeded after it."""
    data = {"still": STILL, "moving": MOVING}[name]
    liar = Liar(shared.draw(crafted(honest_about(data))))
    with Sandbox(workers=1, start=liar.start) as sandbox:
        try:
            found = sandbox.hash_image(data, preview_side_px=SIDE_PX, features=EVERYTHING)
        except DecoderCrashedError:
            assert liar.started == 2
        except MatcherError:
            assert liar.started == 1
        else:
            use(found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_answer_about_a_video_is_usable_or_an_error_of_that_file(
    film: Path, honest: Answer, shared: st.DataObject
) -> None:
    """The same for what a film's worker says."""
    liar = Liar(shared.draw(crafted(honest)))
    with Sandbox(workers=1, module=VIDEOS, start=liar.start) as sandbox, suppress(MatcherError):
        use(sandbox.hash_video(film, preview_side_px=SIDE_PX, features=EVERYTHING))


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists).map(
            lambda content: Answer(content).packed()
        ),
    )
)
@example(b"")
@example(pickle.dumps((True, subprocess.Popen)))
@example((2**31).to_bytes(4, "big") + b"[" * 1000)
@example(b"\x00\x00\x75\x30" + b"[" * 30_000)
@example(Answer(["hashed", None], [b"x"] * 5000).packed())
def test_any_bytes_at_all_are_an_error_of_that_file(answer: bytes) -> None:
    """Nothing that is sent is run, and nothing of it ends the server's thread."""
    with Sandbox(workers=1, start=Liar(answer).start) as sandbox, pytest.raises(MatcherError):
        sandbox.hash_image(STILL)


def changed(change: Callable[[Answer], None]) -> bytes:
    """Return an honest answer with something changed."""
    answer = Answer.of(honest_about(STILL).packed())
    change(answer)
    return answer.packed()


def narrow(answer: Answer) -> None:
    """Make `pdq/1` five bytes wide."""
    one = next(one for one in answer.content[1]["signals"] if one[0] == "pdq/1")
    answer.pieces[one[1]] = b"12345"


def sharp(answer: Answer) -> None:
    """Claim a quality above 100."""
    answer.content[1]["signals"][1][2] = 101


def elsewhere(answer: Answer) -> None:
    """Put a keypoint where no number is."""
    place = answer.content[1]["query"]["features"]["points"][0]
    answer.pieces[place] = np.full(len(answer.pieces[place]) // 4, np.nan, np.float32).tobytes()


def twice(answer: Answer) -> None:
    """Send local features twice."""
    answer.content[1]["signals"].append(answer.content[1]["signals"][-1])


def with_exif(answer: Answer) -> None:
    """Hide something in the preview."""
    place = answer.content[1]["preview"]
    answer.pieces[place] = answer.pieces[place][:2] + b"\xff\xe1\x00\x06Exif" + answer.pieces[place][2:]


def other_file(answer: Answer) -> None:
    """Speak of a file of another size."""
    answer.content[1]["info"]["size_bytes"] += 1


def marked_up(answer: Answer) -> None:
    """Name a variant so that a browser would run it."""
    answer.content[1]["query"]["variants"]["pdq/1"][0][1] = "<script>"


@pytest.mark.parametrize("change", [narrow, sharp, elsewhere, twice, with_exif, other_file, marked_up])
def test_lie_that_would_be_stored_costs_the_worker(change: Callable[[Answer], None]) -> None:
    """Each of these could be stored, searched or shown, and none is."""
    liar = Liar(changed(change))
    with Sandbox(workers=1, start=liar.start) as sandbox:
        with pytest.raises(DecoderCrashedError, match="its process is replaced"):
            sandbox.hash_image(STILL, preview_side_px=SIDE_PX, features=EVERYTHING)
        assert liar.started == 2
        liar.answer = honest_about(STILL).packed()
        assert sandbox.hash_image(STILL, preview_side_px=SIDE_PX, features=EVERYTHING).signals == hashed(STILL).signals


@pytest.mark.parametrize(
    "preview",
    [
        b"",
        STILL[:100],
        STILL + b"more",
        STILL[:-2],
        encoded(photo(1), "PNG"),
        encoded(photo(1), comment=b"x"),
        encoded(photo(1), progressive=True),
        encoded(photo(1, width=300)),
    ],
)
def test_preview_is_a_plain_jpeg_and_nothing_else(preview: bytes) -> None:
    """A person's browser decodes it, so it is no place for anything clever."""
    with pytest.raises(UnfitAnswerError):
        check_preview(preview, side_px=256)


@pytest.mark.parametrize("row", taken_types(), ids=[row.name for row in taken_types()])
def test_each_row_refuses_five_bytes(row: SignalType) -> None:
    """A new type is one row here, too: what is no value of it is not stored."""
    with pytest.raises(SignalValueError):
        row.check(b"12345")
