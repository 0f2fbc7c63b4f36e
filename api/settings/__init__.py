"""
Every setting there is, read from `STAYDOWN_*` variables or a `.env` file once, at start: a file for each subject.

Invariant: the only reader of the environment. A missing or odd value stops the start with its name and what is
accepted; everything inward receives plain arguments.
"""

import os
from collections.abc import Iterable
from difflib import get_close_matches

import structlog
from pydantic import ValidationError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, SettingsConfigDict

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


def settings_without_effect() -> dict[str, str | None]:
    """Find variables, here and in the .env file, that look like settings and are none; see `unknown_settings`."""
    return unknown_settings([*os.environ, *DotEnvSettingsSource(Settings).env_vars])


def warn_of_unknown_settings() -> None:
    """Say which variables have no effect: a setting that is misspelt would be missed in silence."""
    for name, nearest in settings_without_effect().items():
        log.warning("there is no such setting", name=name, nearest=nearest)


def read_settings(**overrides: object) -> Settings:
    """
    Read the environment.

    Raises:
        SettingsError: Naming each setting that is missing or odd.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(
            f"{PREFIX}{'_'.join(str(part) for part in problem['loc']).upper()}: {_said(problem['msg'])}"
            for problem in error.errors()
        )
        message = f"settings: {problems}"
        raise SettingsError(message) from error


def _said(message: str) -> str:
    """Leave out what Pydantic puts before the message of a validator of ours."""
    return message.removeprefix("Value error, ")
