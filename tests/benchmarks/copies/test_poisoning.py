"""The benchmark of parts in common plays its scenes, and tells strangers from copies, on pictures made here."""

import json
from pathlib import Path

import numpy as np

from benchmarks.copies.photos import save
from benchmarks.copies.poison_scenes import Window, app_frame, caption_card, filling, logo, with_logo
from benchmarks.copies.poisoning import main, scenes
from tests.helpers.media.textures import texture


def test_pictures_of_one_part_share_it_and_nothing_else() -> None:
    """What is measured is the part."""
    for window in (app_frame(np.random.default_rng(1)), caption_card(np.random.default_rng(1))):
        first, second = (window.showing(texture(seed, width=300, height=200)) for seed in (1, 2))
        same = (first == second).all(axis=2)
        hole = same[window.top : window.top + window.height, window.left : window.left + window.width]
        assert hole.mean() < 0.1
        assert np.count_nonzero(~same) == np.count_nonzero(~hole)


def test_photo_fills_a_window_of_any_shape() -> None:
    """Photos are cut, never squeezed."""
    for width, height in ((300, 100), (100, 300), (37, 41)):
        assert filling(texture(3, width=120, height=90), width, height).shape == (height, width, 3)
    window = Window(np.zeros((50, 60, 3), np.uint8), 10, 5, 20, 30)
    assert window.showing(texture(3, width=120, height=90)).any()


def test_logo_covers_what_it_is_asked_to() -> None:
    """A share of the photo, in one of its corners."""
    rng = np.random.default_rng(2)
    photo = np.zeros((200, 300, 3), np.uint8)
    marked = with_logo(photo, logo(rng), rng, area=0.1)
    assert abs(np.count_nonzero(marked.any(axis=2)) / (200 * 300) - 0.1) < 0.02


def test_one_scene_is_played_to_its_end(tmp_path: Path) -> None:
    """Uploads, takedown and look-back go the way of requests; the figures say who was harmed."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in range(4):
        (folder / f"{seed}.jpg").write_bytes(save(texture(seed, width=240, height=180)))
    out = tmp_path / "result.json"
    options = ["--photos", str(folder), "--earlier", "1", "--later", "1", "--scenes", "logo"]
    assert main([*options, "--json", str(out)]) == 0
    row = json.loads(out.read_text())["scenes"][0]
    assert (row["earlier"], row["later"], row["later_harmed"]) == (1, 1, 1)
    assert row["blast_radius"] == row["lookback_hits"] == row["earlier_harmed"]


def test_scenes_have_names_of_their_own() -> None:
    """Figures are kept by name."""
    pictures = [texture(seed, width=240, height=180) for seed in range(4)]
    names = [one.name for one in scenes(pictures, np.random.default_rng(1), earlier=1)]
    assert len(set(names)) == len(names) == 7
