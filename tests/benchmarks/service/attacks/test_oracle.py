"""The attack that finds a banked hash out: it works where it is let, and is stopped where it is not."""

from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from benchmarks.service.attacks.oracle import COPY_BITS, WIDTH, Attack, asking, code_of, near, picture_of, some_picture
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Staydown:
    """Open a service that took a picture down."""
    folder: Path = tmp_path_factory.mktemp("oracle")
    with running(settings_in(folder, untrusted_files_per_hour=45)) as service:
        service.take_down(some_picture(np.random.default_rng(5)), nudity=True)
        yield service


def attacked(staydown: Staydown, key: str, how: Literal["signals", "files"], questions: int) -> tuple[Attack, float]:
    """Attack with a key; return the attack and how many bits are wrong then."""
    original = code_of(some_picture(np.random.default_rng(5)))
    rng = np.random.default_rng(6)
    attack = Attack(asking(staydown.http, key, how), near(original, COPY_BITS, rng), rng)
    attack.run(questions)
    return attack, attack.wrong_bits(original)


def test_pictures_are_made_to_have_any_code() -> None:
    """Asking for files does not by itself keep anybody from choosing a hash."""
    code = near(code_of(some_picture(np.random.default_rng(7))), 60, np.random.default_rng(8))
    assert np.array_equal(code_of(picture_of(code)), code)


def test_a_trusted_key_could_find_a_hash_out(staydown: Staydown) -> None:
    """The attack is a real one: with free choice of codes and every answer it has all bits."""
    _, wrong = attacked(staydown, staydown.key(Role.PIPELINE), "signals", 265)
    assert wrong <= 2


@pytest.mark.parametrize("how", ["signals", "files"])
def test_an_untrusted_key_finds_little_out_and_is_noticed(staydown: Staydown, how: Literal["signals", "files"]) -> None:
    """Most of the hash stays unknown, and somebody is told."""
    key = staydown.key(Role.PIPELINE, how, trusted=False)
    attack, wrong = attacked(staydown, key, how, 120)
    assert wrong >= WIDTH / 4
    assert attack.questions - attack.refused <= 45
    with staydown.service.reading() as uow:
        keys, _ = uow.keys.listed(after=None, limit=50)
        (principal,) = [one for one in keys if one.name == f"pipeline {how} False"]
        alarms = [entry for entry in uow.audit.of([principal.id]) if entry.action == "key:probing"]
    assert alarms
    assert (principal.paused_at is not None) == (how == "files")
