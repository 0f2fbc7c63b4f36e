"""
Every setting there is, read once, at start: from `STAYDOWN_*` variables, a `.env` file, or secrets, each a file that is
named like a variable. A module for each subject.

Invariant: the only reader of the environment. A missing or odd value stops the start with its name and what is
accepted; everything inward receives plain arguments.
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

import structlog
from pydantic import ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from api.errors import SettingsError
from api.settings.asking import Asking
from api.settings.deciding import Deciding
from api.settings.delivering import Delivering
from api.settings.keeping import Keeping
from api.settings.reading_media import ReadingMedia
from api.settings.running import Running
from api.settings.signing_in import SigningIn
from api.settings.storage import Storage
from api.settings.words import PREFIX

log = structlog.get_logger()

SECRETS = Path("/run/secrets")
"""Where containers have secrets as files; nobody else may write there."""

_TESTS = "STAYDOWN_TEST_"
_OTHER_VARIABLES = {"STAYDOWN_KEY"}
"""Read by the command line, for its --key."""


class Settings(Running, Delivering, SigningIn, Asking, Deciding, Keeping, ReadingMedia, Storage, BaseSettings):
    """What an operator can choose; every default is fit for one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", frozen=True, extra="ignore")


def unknown_settings(names: Iterable[str]) -> dict[str, str | None]:
    """
    Find names that look like settings and are none.

    Args:
        names: Names of variables.

    Returns:
        Each with the nearest setting there is, or None.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHER_VARIABLES
    given = {name.upper() for name in names if name.upper().startswith(PREFIX)}
    strange = sorted(name for name in given - known if not name.startswith(_TESTS))
    nearest = {
        name: get_close_matches(name.removeprefix(PREFIX).lower(), Settings.model_fields, n=1) for name in strange
    }
    return {name: f"{PREFIX}{near[0].upper()}" if near else None for name, near in nearest.items()}


def settings_without_effect(*, secrets: Path = SECRETS) -> dict[str, str | None]:
    """
    Find variables, in the environment and the .env file, and secrets that look like settings and are none.

    Args:
        secrets: The folder these lie in.

    Returns:
        See `unknown_settings`.
    """
    files = [path.name for path in secrets.iterdir()] if _can_be_read(secrets) else []
    return unknown_settings([*os.environ, *DotEnvSettingsSource(Settings).env_vars, *files])


def warn_of_unknown_settings() -> None:
    """Say which variables have no effect: a setting that is misspelt would be missed in silence."""
    for name, nearest in settings_without_effect().items():
        log.warning("there is no such setting", name=name, nearest=nearest)


def read_settings(*, secrets: Path = SECRETS, **overrides: object) -> Settings:
    """
    Read the environment, the .env file and the secrets, in this order: what is found first counts.

    Args:
        secrets: The folder of these; it may be missing.

        overrides: Values that count before all of them.

    Raises:
        SettingsError: Naming each setting that is missing or odd, or a secret that cannot be read.
    """
    folder = secrets if _can_be_read(secrets) else None
    try:
        return Settings(_secrets_dir=folder, **overrides)  # type: ignore[arg-type]
    except SourceError as error:
        if not isinstance(error.__cause__, OSError):
            raise
        message = (
            f"settings: {error.__cause__.filename} cannot be read by user {os.geteuid()}: {error.__cause__.strerror}"
        )
        raise SettingsError(message) from error
    except ValidationError as error:
        problems = "; ".join(f"{_named(problem['loc'])}{_said(problem['msg'])}" for problem in error.errors())
        message = f"settings: {problems}"
        raise SettingsError(message) from error


def _can_be_read(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)


def _named(place: tuple[int | str, ...]) -> str:
    """Name the setting that a problem is about; where it is about several, its sentence does."""
    return f"{PREFIX}{'_'.join(str(part) for part in place).upper()}: " if place else ""


def _said(message: str) -> str:
    """Leave out what Pydantic puts before the message of a validator of ours."""
    return message.removeprefix("Value error, ")
