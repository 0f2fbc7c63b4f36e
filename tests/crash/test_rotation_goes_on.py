"""`staydown keys rotate-encryption`, killed before any of its commits: all is read, and the next run ends it."""

import json
import os
import signal
from pathlib import Path

import pytest

from api.bootstrap import prepare_data
from api.cli import main
from api.cli.commands.operating.doctor import Finding, check_keyring
from api.security.keyring import Keyring
from api.settings import Settings
from casework.persistence.connection.database import open_database
from tests.casework.persistence.frozen import everything, frozen_record, marks
from tests.crash.processes import forked
from tests.crash.processes.forked import REPOSITORY


def rotated(settings: Settings, *, dies_before: int) -> int | None:
    """Rotate in a process of its own that dies before a commit; return how it ended."""
    environment = {**os.environ, "STAYDOWN_DATA": str(settings.data), "PYTHONPATH": str(REPOSITORY)}
    process = forked.start(forked.rotate, dies_before, environment=environment)
    process.join()
    return process.exitcode


def examined(settings: Settings) -> Finding:
    """Ask the doctor about the keyring."""
    return check_keyring(settings)


def under(settings: Settings) -> set[bytes]:
    """Return under which keys values are."""
    engine = open_database(settings.url)
    try:
        return marks(engine)
    finally:
        engine.dispose()


def test_killed_rotation_is_named_and_ended_by_the_next(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever it was doing: before its first value, in the middle, with all done but the old key's end."""
    with frozen_record("sqlite", request, tmp_path) as old:
        settings = old.settings
        prepare_data(settings)
        monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
        before = everything(settings)
        commits = rotated(settings, dies_before=0)
        assert commits is not None
        assert commits > 10
        mixtures = 0
        for dies_before in sorted({2, *(commits * part // 5 for part in (2, 3, 4)), commits - 1, commits}):
            ring = Keyring(settings.keyring_file).ring
            assert rotated(settings, dies_before=dies_before) == -signal.SIGKILL
            assert everything(settings) == before
            keyring = Keyring(settings.keyring_file)
            mixtures += len(under(settings)) > 1
            if len(keyring.ring.keys) > 1 and keyring.ring.writing != ring.writing:
                found = examined(settings)
                assert (found.ok, "not at its end" in found.detail) == (False, True)
                assert "rotate-encryption" in (found.remedy or "")
            capsys.readouterr()
            assert main(["keys", "rotate-encryption", "--json"]) == 0
            told = json.loads(capsys.readouterr().out)
            now = Keyring(settings.keyring_file)
            assert list(now.ring.keys) == [told["key"]] != [ring.writing]
            assert told["unreadable"] == 0
            assert under(settings) == {now.mark()}
            assert examined(settings).ok
            assert everything(settings) == before
        assert mixtures > 0, "none of these moments lay between the first value and the last"
