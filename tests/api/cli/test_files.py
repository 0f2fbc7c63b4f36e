"""`staydown hash` and `staydown compare`: local files, without a data folder."""

import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageOps

from matcher.sandbox.hasher import InProcess
from matcher.signals import signal_type
from tests.api.cli.conftest import Shell
from tests.helpers.media.animations import animation, damaged
from tests.helpers.media.clips import cropped, panning
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.media.videos import scene, write_video

Picture = Callable[..., Path]


def test_hash_prints_the_signals_the_service_would_store(shell: Shell, picture: Picture) -> None:
    """A hash computed in a shell must find what one computed by the service banked."""
    file = picture("a.jpg", 1)
    (answer,) = shell("hash", file, "--json").document
    signals = InProcess().hash_image(file.read_bytes()).signals
    assert [one["value"] for one in answer["signals"]] == [signal_type(one.type).format(one.value) for one in signals]
    assert answer["media"] == {"kind": "image", "format": "jpeg", "width": 480, "height": 320}


def test_bad_files_are_listed_and_the_others_are_done(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """One broken file among ten thousand must not cost the night's work."""
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    ran = shell("hash", picture("a.jpg", 1), text, tmp_path / "missing.jpg", picture("b.png", 2, kind="PNG"), "--json")
    assert ran.code == 1
    assert ["error" in one for one in ran.document] == [False, True, True, False]
    assert [line.split(": ")[1] for line in ran.err.splitlines()] == [str(text), str(tmp_path / "missing.jpg")]


def test_compare_prints_each_signal_and_a_sentence(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """The table in the README is this one."""
    mirrored = tmp_path / "mirrored.jpg"
    mirrored.write_bytes(encoded(ImageOps.mirror(photo(3)), quality=40))
    ran = shell("compare", picture("a.jpg", 3), mirrored)
    pdq, phash, parts, sentence = ran.out.splitlines()
    assert (ran.code, ran.err) == (0, "")
    assert pdq.split()[:2] == ["pdq/1", "distance"]
    assert pdq.endswith("of 256   threshold 31   match")
    assert phash.startswith("phash/1")
    assert re.fullmatch(r"local/1   \d+ keypoints, 100% of it seen, \d+% of that agrees   match", parts)
    assert sentence == "near: mirrored"


def test_strangers_are_no_match_and_no_failure(shell: Shell, picture: Picture) -> None:
    """That two pictures differ is an answer: the command did its work."""
    ran = shell("compare", picture("a.jpg", 4), picture("b.jpg", 5), "--json")
    assert ran.code == 0
    assert (ran.document["match"], ran.document["strength"]) == (False, None)


def test_compare_draws_both_pictures(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """What a reviewer pastes into a note shows both, and says what was found."""
    out = tmp_path / "evidence.png"
    ran = shell("compare", picture("a.jpg", 6), picture("b.png", 6, kind="PNG"), "--out", out)
    assert str(out) in ran.out
    with Image.open(out) as drawn:
        assert drawn.width > 2 * 480
        assert drawn.height > 320


def test_compare_says_which_seconds_of_two_videos_agree(shell: Shell, tmp_path: Path) -> None:
    """A moderator is told where to look in a long film."""
    clip = scene(8, frames=40, pan_px=8)
    removed = write_video(tmp_path / "removed.mp4", clip, every=10)
    frames = [*scene(9, frames=50, pan_px=8), *[frame[:, ::-1] for frame in clip], *scene(10, frames=30, pan_px=8)]
    posted = write_video(tmp_path / "posted.mkv", frames, every=10)
    line, scenes, sentence = shell("compare", removed, posted).out.splitlines()
    assert line.split()[:2] == ["video/1", "distance"]
    assert line.endswith("frames")
    assert scenes.startswith("local/1")
    assert sentence == "near: 0:05–0:09 of this upload is 0:00–0:04 of the removed video, mirrored"


def test_cropped_clip_is_told_as_an_upload_of_it_is(shell: Shell, tmp_path: Path) -> None:
    """What the service would hold is no "no match" here."""
    clip = panning(800, seconds=2)
    removed = write_video(tmp_path / "removed.mp4", clip, every=10)
    posted = write_video(tmp_path / "posted.mp4", [*panning(801, seconds=1), *cropped(clip)], every=10)
    scenes, sentence = shell("compare", removed, posted).out.splitlines()
    assert re.fullmatch(r"local/1   \d+ scenes   match", scenes)
    assert sentence.startswith("partial: 0:0")
    assert "of the removed video, " in sentence
    still = tmp_path / "still.jpg"
    still.write_bytes(encoded(Image.fromarray(clip[15][40:260, 60:340])))
    ran = shell("compare", removed, still, "--json")
    assert ran.document["strength"] == "partial"
    assert ran.document["explanation"].startswith("the picture is at 0:0")
    assert ran.document["evidence"][-1]["signal"] == "local/1"


def test_hash_of_a_video_tells_its_length(shell: Shell, tmp_path: Path) -> None:
    """And how many frames stand for it; their hashes would fill the screen."""
    film = write_video(tmp_path / "film.avi", scene(11, frames=20))
    printed = shell("hash", film).out.splitlines()
    assert printed[0].endswith("avi 320×240  h264  2.0 s")
    assert "frames; --json has their hashes" in printed[2]
    (answer,) = shell("hash", film, "--json").document
    assert (answer["media"]["kind"], answer["media"]["duration_s"]) == ("video", 2.0)


def test_compare_draws_frames_of_videos(shell: Shell, tmp_path: Path) -> None:
    """Nine small frames of each, beside each other."""
    removed = write_video(tmp_path / "removed.mp4", scene(12, frames=20))
    out = tmp_path / "evidence.png"
    assert shell("compare", removed, removed, "--out", out).code == 0
    with Image.open(out) as drawn:
        assert drawn.width > 900


def test_name_that_is_no_picture_is_refused_before_the_work(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """Nobody waits for a comparison that cannot be written."""
    ran = shell("compare", picture("a.jpg", 6), picture("b.jpg", 6), "--out", tmp_path / "evidence.txt")
    assert ran.code == 2
    assert "names no kind of picture" in ran.err


def test_picture_with_nothing_to_tell_it_by_is_said_to_be_so(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """Too plain is another answer than different."""
    plain = tmp_path / "plain.png"
    Image.new("RGB", (50, 40), "navy").save(plain)
    ran = shell("compare", picture("a.jpg", 6), plain)
    assert ran.code == 0
    assert "one picture shows too little to be found by its parts" in ran.out


def test_compare_names_the_video_that_cannot_be_read(shell: Shell, tmp_path: Path) -> None:
    """Of two files, it says which."""
    good = write_video(tmp_path / "good.mp4", scene(1, frames=20))
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(good.read_bytes()[:3000])
    ran = shell("compare", str(good), str(cut))
    assert (ran.code, ran.err.count(str(cut))) == (1, 1)


def test_picture_that_shows_nothing_is_hashed_and_compared(shell: Shell, tmp_path: Path) -> None:
    """Two plain halves of two pixels each are a file like any other, with a quality that says what they are worth."""
    file, drawn = tmp_path / "halves.png", tmp_path / "drawn.png"
    halves = Image.new("RGB", (2, 2))
    halves.paste("white", (1, 0, 2, 2))
    halves.save(file)
    (answer,) = shell("hash", file, "--deep", "--json").document
    assert {one["type"]: one["quality"] for one in answer["signals"]} == {"sha256/1": None, "pdq/1": 0, "phash/1": None}
    ran = shell("compare", file, file, "--out", drawn)
    assert (ran.code, ran.err) == (0, "")
    assert "exact" in ran.out
    assert drawn.exists()


def test_hash_says_how_much_of_a_damaged_animation_was_read(shell: Shell, tmp_path: Path) -> None:
    """The hashes are those of what is left."""
    file = tmp_path / "a.webp"
    frames = [photo(seed, width=64, height=48) for seed in range(4)]
    file.write_bytes(damaged(animation(frames, "WEBP"), "WEBP", frame=3))
    (answer,) = shell("hash", file, "--json").document
    assert (answer["media"]["duration_s"], answer["media"]["seen_s"]) == (2.0, 1.5)
    first = shell("hash", file).out.splitlines()[0]
    assert first == f"{file}  webp 64×48  4 frames  2.0 s, 0.5 s of it cannot be read"
