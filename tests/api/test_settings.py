"""Settings stop the start when they are odd, by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from api.errors import SettingsError
from api.settings import Settings, read_settings, settings_without_effect, unknown_settings

REPOSITORY = Path(__file__).parents[2]


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


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Return a folder of secrets with the password of a database."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "staydown_database_password").write_text("p@ss/word:%41\n")
    return folder


def test_secret_is_read_from_a_file_named_like_its_variable(monkeypatch: pytest.MonkeyPatch, secrets: Path) -> None:
    """What is in the environment is shown by whatever shows a container; a file is for its reader alone."""
    monkeypatch.setenv("STAYDOWN_DATABASE_URL", "postgresql+psycopg://staydown:old@database/staydown?sslmode=require")
    settings = read_settings(secrets=secrets)
    assert "p@ss" not in repr(settings)
    url = make_url(settings.url)
    assert (url.username, url.password, url.host) == ("staydown", "p@ss/word:%41", "database")
    assert url.query == {"sslmode": "require"}
    monkeypatch.setenv("STAYDOWN_DATABASE_PASSWORD", "typed")
    assert make_url(read_settings(secrets=secrets).url).password == "typed"


def test_password_without_a_server_stops_the_start(secrets: Path) -> None:
    """Else a record that was meant for PostgreSQL would be begun in a file."""
    with pytest.raises(SettingsError, match=r"^settings: STAYDOWN_DATABASE_PASSWORD needs STAYDOWN_DATABASE_URL"):
        read_settings(secrets=secrets)


def test_secret_that_cannot_be_read_stops_the_start_by_its_name(secrets: Path) -> None:
    """A mode that is too strict for the user of a container is the usual mistake."""
    program = (
        "import os, sys; from pathlib import Path; from api.errors import SettingsError; "
        "from api.settings import read_settings\n"
        "if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)\n"
        "try: read_settings(secrets=Path(sys.argv[1]))\n"
        "except SettingsError as error: print(error)"
    )
    file = secrets / "staydown_database_password"
    file.chmod(0)
    for folder in (secrets, *secrets.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    ran = subprocess.run([sys.executable, "-c", program, secrets], cwd=REPOSITORY, capture_output=True, text=True)
    assert ran.stdout.startswith(f"settings: {file} cannot be read by user"), ran.stderr


def test_misspelt_secret_is_told_too(secrets: Path) -> None:
    """As a variable that has no effect is."""
    (secrets / "staydown_oidc_client_secrets").write_text("x")
    (secrets / "other").write_text("x")
    assert settings_without_effect(secrets=secrets)["STAYDOWN_OIDC_CLIENT_SECRETS"] == "STAYDOWN_OIDC_CLIENT_SECRET"
    assert "OTHER" not in settings_without_effect(secrets=secrets)
    assert settings_without_effect(secrets=secrets / "none") == settings_without_effect()
