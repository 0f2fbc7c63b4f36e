"""Halftones, dithered pictures and checkerboards are reported, uploaded and compared like any other."""

from pathlib import Path

import pytest
from PIL import Image

from tests.api.cli.conftest import Shell, shell
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import encoded
from tests.kernels.whole_way import SHOW_SOMETHING, printed

__all__ = ["shell"]

PRINTED = printed()


@pytest.mark.parametrize("name", PRINTED)
def test_a_picture_made_of_dots_is_taken_down_and_found_again(staydown: Staydown, name: str) -> None:
    """They were answered with "the file is damaged", so they could be neither reported nor held."""
    picture = Image.fromarray(PRINTED[name])
    takedown = staydown.take_down(encoded(picture, "PNG"), nudity=True)["takedown_id"]
    again = staydown.upload(f"again {name}", encoded(picture, "PNG"))
    assert again["verdict"] in ("block", "hold")
    assert takedown in [match["takedown_id"] for match in again["matches"]]
    if name in SHOW_SOMETHING:  # of a pattern alone nothing is left to tell it by once it is recompressed
        copy = staydown.upload(f"copy {name}", encoded(picture, quality=70))
        assert takedown in [match["takedown_id"] for match in copy["matches"]]
        assert "local/1" in [one["signal"] for one in copy["matches"][0]["evidence"]]
    staydown.looked_back(takedown)  # which it tells in its log, and that is one with the shell's of the next test


def test_pictures_made_of_dots_are_hashed_in_a_shell(shell: Shell, tmp_path: Path) -> None:
    """The sandbox's process was the one whose memory was written over."""
    ran = shell("hash", "--deep", *files(tmp_path), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [one["media"]["format"] for one in ran.document] == ["png"] * len(PRINTED)


@pytest.mark.parametrize("number", [0, 3, 4])
def test_a_picture_made_of_dots_is_compared_in_a_shell(shell: Shell, tmp_path: Path, number: int) -> None:
    """A picture is a copy of itself, however little it shows."""
    file = files(tmp_path)[number]
    ran = shell("compare", file, file, "--json")
    assert (ran.code, ran.document["match"]) == (0, True), ran.err


def files(folder: Path) -> list[Path]:
    """Write each picture into a file."""
    paths = [folder / f"{number}.png" for number in range(len(PRINTED))]
    for path, pixels in zip(paths, PRINTED.values(), strict=True):
        path.write_bytes(encoded(Image.fromarray(pixels), "PNG"))
    return paths
