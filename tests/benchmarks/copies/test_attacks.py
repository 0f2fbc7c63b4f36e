"""Attacks keep to their bound, are repeatable, and the benchmark counts what is found, on pictures made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.copies import attacked
from benchmarks.copies.attacks import ATTACKS
from benchmarks.copies.attacks.on_hashes import PDQ_BAND, shades
from benchmarks.copies.attacks.visible import psnr, ssim, within
from benchmarks.copies.photos import read, save
from matcher.signals.turning.pdq_turns import pdq_turns
from tests.helpers.media.textures import texture

PHOTO = texture(61, width=240, height=180)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_keeps_to_its_bound_and_can_be_made_again(name: str) -> None:
    """A share found says nothing without how much of the change is seen."""
    posted = ATTACKS[name](PHOTO, 0.9, np.random.default_rng(3))
    assert posted == ATTACKS[name](PHOTO, 0.9, np.random.default_rng(3))
    assert 0.9 <= ssim(PHOTO, read(posted)) < 0.99


def test_similarity_falls_with_what_is_changed() -> None:
    """The bound means what the paper means by it."""
    noise = np.random.default_rng(4).normal(0, 1, PHOTO.shape)
    noisy = [np.clip(PHOTO + sigma * noise, 0, 255).astype(np.uint8) for sigma in (2, 8, 30)]
    similar = [ssim(PHOTO, each) for each in (PHOTO, *noisy)]
    assert similar[0] == pytest.approx(1)
    assert similar == sorted(similar, reverse=True)
    assert psnr(PHOTO, PHOTO) == np.inf
    assert psnr(PHOTO, noisy[0]) > psnr(PHOTO, noisy[1])


def test_what_is_allowed_whole_is_posted_whole() -> None:
    """A weak attack is not made weaker still."""
    assert within(PHOTO, 0.5, lambda _: PHOTO) == save(PHOTO)


def test_shades_turn_more_bits_than_chance() -> None:
    """Otherwise the table would say that hashes withstand what was never tried."""

    def code(pixels: np.ndarray) -> np.ndarray:
        return pdq_turns(pixels).codes[0]

    shaded = shades(PHOTO, np.random.default_rng(5), bands=(PDQ_BAND,))(0.5)
    assert np.bitwise_count(code(PHOTO) ^ code(shaded)).sum() > 31


def test_the_table_has_a_row_for_each_attack_and_bound(tmp_path: Path) -> None:
    """Who reads it sees what was tried, and which photos were lost."""
    folder = tmp_path / "bank"
    folder.mkdir()
    for seed in range(3):
        (folder / f"{seed}.jpg").write_bytes(save(texture(seed, width=320, height=240)))
    out = tmp_path / "result.json"
    options = ["--bank", str(folder), "--photos", "2", "--attacks", "noise", "--bounds", "0.95", "0.9"]
    assert attacked.main([*options, "--json", str(out)]) == 0
    rows = json.loads(out.read_text())["rows"]
    assert [(row["attack"], row["bound"]) for row in rows] == [
        (name, bound) for name in ("noise around keypoints", "shades and noise") for bound in (0.95, 0.9)
    ]
    for row in rows:
        assert row["n"] == 2
        assert row["found"] + len(row["missed"]) == 2
        assert row["found"] <= row["staydown_fast"] + row["staydown_local"]
        assert row["ssim"] >= row["bound"]
