"""Settings stop the start when they are odd, by name."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from api.errors import SettingsError
from api.settings import Settings, read_settings, unknown_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PREVIEW_RETENTION_DAYS", "inf"),
        ("PREVIEW_RETENTION_DAYS", "1e10"),
        ("DECODE_TIMEOUT_S", "inf"),
        ("DECODE_WORKERS", "0"),
        ("MAX_INCOMING_BYTES", "1000"),
        ("DATABASE_URL", "garbage"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("INDEX_BACKEND", "fastest"),
        ("SIGNALS", "imagehash-phash/1,imagehash-phsh/1"),
        ("SIGNALS", "pdq/1"),
    ],
)
def test_odd_value_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """An operator reads which setting, not a traceback."""
    monkeypatch.setenv(f"STAYDOWN_{name}", value)
    with pytest.raises(SettingsError, match=f"STAYDOWN_{name}"):
        read_settings()


def test_error_is_the_sentence_we_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library puts before it tells an operator nothing."""
    monkeypatch.setenv("STAYDOWN_SIGNALS", "pdq/1")
    with pytest.raises(SettingsError, match=r"^settings: STAYDOWN_SIGNALS: no optional signal type 'pdq/1'"):
        read_settings()


def test_optional_signal_types_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an operator writes a list in a variable."""
    assert read_settings().signals == ()
    monkeypatch.setenv("STAYDOWN_SIGNALS", "imagehash-phash/1, imagehash-dhash/1")
    assert read_settings().signals == ("imagehash-phash/1", "imagehash-dhash/1")
    monkeypatch.setenv("STAYDOWN_SIGNALS", "imagehash-phash/1,imagehash-phash/1,")
    assert read_settings().signals == ("imagehash-phash/1",)


def test_database_lies_in_the_data_folder_whatever_its_name() -> None:
    """A question mark in a folder's name is no query of an address."""
    settings = Settings(_env_file=None, data=Path("/srv/what?"))
    assert make_url(settings.url).database == "/srv/what?/staydown.db"


def test_misspelt_setting_is_told_with_the_nearest_one() -> None:
    """A limit that was set and has no effect must not be missed in silence."""
    given = [
        "STAYDOWN_DECODE_WORKER",
        "STAYDOWN_XYZZY_PLUGH",
        "STAYDOWN_DATA",
        "STAYDOWN_KEY",
        "staydown_test_x",
        "PATH",
    ]
    assert unknown_settings(given) == {
        "STAYDOWN_DECODE_WORKER": "STAYDOWN_DECODE_WORKERS",
        "STAYDOWN_XYZZY_PLUGH": None,
    }
