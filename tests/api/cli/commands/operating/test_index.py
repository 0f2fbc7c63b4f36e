"""`staydown index shrink`: a record of an earlier version gets smaller, and finds what it found."""

import json
from pathlib import Path

import pytest

from api.cli import main
from casework.persistence.connection.database import open_database
from tests.api.conftest import running, settings_in
from tests.casework.persistence.index_log.values_in_record import as_before, long_values
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.textures import texture

TAKEN_DOWN, POSTED = 901, 902
REST = slice(40, None)


def test_copies_are_found_by_their_parts_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crop shares no hash with its picture: it is found by the values that were let go of, or not at all."""
    settings = settings_in(tmp_path)
    crops = {seed: jpeg(texture(seed)[REST, REST]) for seed in (TAKEN_DOWN, POSTED)}
    with running(settings) as staydown:
        staydown.take_down(jpeg(texture(TAKEN_DOWN)), nudity=True)
        staydown.upload("posted", jpeg(texture(POSTED)))
    engine = open_database(settings.url)
    assert long_values(engine)[1:] == (0, 0)
    as_before(engine)
    signals, items, changes = long_values(engine)
    assert signals >= items == changes == 2
    with running(settings) as staydown:
        assert staydown.upload("before", crops[TAKEN_DOWN])["matches"]
    monkeypatch.setenv("STAYDOWN_DATA", str(settings.data))
    assert main(["index", "shrink"]) == 0
    assert capsys.readouterr().out.startswith("let go of 4 values")
    assert main(["index", "shrink", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"let_go": 0}
    assert main(["index", "rebuild"]) == 0
    assert long_values(engine)[1:] == (0, 0)
    engine.dispose()
    with running(settings) as staydown:
        assert staydown.upload("after", crops[TAKEN_DOWN])["matches"]
        found = staydown.looked_back(staydown.take_down(crops[POSTED], nudity=True)["takedown_id"])
    assert "posted" in [one["upload_id"] for one in found["items"]]
