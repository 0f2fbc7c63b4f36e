"""
Every setting there is, read from `STAYDOWN_*` variables or a `.env` file once, at start.

Invariant: the only reader of the environment. A missing or odd value stops the start with its name and what is
accepted; everything inward receives plain arguments.
"""

import os
from collections.abc import Iterable
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

import structlog
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from api.errors import SettingsError
from casework.domain.actor import CONSOLE_ROLES, Role
from casework.domain.keeping.retention import RETENTION, Dated
from casework.persistence.connection.database import url_of_file
from casework.persistence.slots import MOST_SLOTS
from index.collections import COLLECTION_INDEXES
from index.hashes.backends import INDEX_BACKENDS
from matcher.errors import UnknownSignalTypeError
from matcher.signals import taken_types

if TYPE_CHECKING:
    CollectionIndexName = str
    IndexBackendName = str
else:  # a row of either table is a value of its setting
    CollectionIndexName = Literal[tuple(COLLECTION_INDEXES)]
    IndexBackendName = Literal[tuple(INDEX_BACKENDS)]

log = structlog.get_logger()

_PREFIX = "STAYDOWN_"
_LOCAL = ("localhost", "127.0.0.1", "::1")
_TESTS = "STAYDOWN_TEST_"
_OTHER_VARIABLES = {"STAYDOWN_KEY"}
"""Read by the command line, for its --key."""


class Settings(BaseSettings):
    """What an operator can choose; every default is fit for one machine."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_file=".env", frozen=True, extra="ignore")

    data: Path = Field(Path("staydown-data"), description="Folder for the database, the index and the keyring.")
    database_url: str = Field("", description="SQLAlchemy URL; by default an SQLite file in the data folder.")
    encryption_key_file: Path | None = Field(
        None, description="The keyring that texts, identities and previews are encrypted with."
    )
    collection_index: CollectionIndexName = Field(
        "folder", description="What holds the index of a collection: files in the data folder."
    )
    index_backend: IndexBackendName = Field(
        "multi_index", description="How sealed segments are searched; every backend gives the same answers."
    )
    upload_slots: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = Field(
        1,
        description="In how many slots the log of uploads lies, so that many write to it at once; fixed by the first "
        "upload, later changed by `staydown index slots`.",
    )
    signals: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Optional signal types to take of pictures, with commas between; for banks that hold such.",
    )
    when_database_down: Literal["strict", "available"] = Field(
        "strict",
        description="Without the database: `strict` answers 503, `available` goes on matching as of what was followed.",
    )
    decode_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Processes that decode media.")
    decode_waiting_per_key: Annotated[int, Field(ge=1)] = Field(
        32, description="How many files of one key may wait to be decoded, unless it is trusted; beyond, 429."
    )
    decode_waiting: Annotated[int, Field(ge=1)] = Field(
        256, description="How many files may wait in all; beyond, the key with the most waiting is answered 429."
    )
    decode_timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(20.0, description="Wall-clock limit for one file.")
    decode_memory_mb: Annotated[int, Field(ge=512)] = Field(2048, description="Memory limit of a decoding process.")
    sandbox: Literal["auto", "required"] = Field(
        "auto",
        description="`required`: refuse to start where a wall around decoding is missing that no other stands in for.",
    )
    max_image_bytes: Annotated[int, Field(gt=0)] = Field(50_000_000, description="Largest image taken.")
    max_image_pixels: Annotated[int, Field(gt=0)] = Field(100_000_000, description="Most pixels an image may have.")
    max_animation_frames: Annotated[int, Field(gt=0)] = Field(500, description="Most frames an animation may have.")
    max_animation_pixels: Annotated[int, Field(gt=0)] = Field(
        2_500_000_000, description="Most pixels all frames of an animation may have together."
    )
    max_video_bytes: Annotated[int, Field(gt=0)] = Field(2_000_000_000, description="Largest video taken.")
    max_incoming_bytes: Annotated[int, Field(gt=0)] = Field(
        20_000_000_000,
        validate_default=True,
        description="About how many bytes of files may wait to be hashed; beyond, 503.",
    )
    max_video_duration_s: Annotated[float, Field(gt=0)] = Field(14_400.0, description="Longest video taken.")
    max_video_pixels: Annotated[int, Field(gt=0)] = Field(36_000_000, description="Most pixels its frames may have.")
    max_video_frames: Annotated[int, Field(gt=0)] = Field(50_000, description="Most different frames kept of one.")
    video_workers: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Videos decoded at once, in processes beside those for pictures."
    )
    video_timeout_s: Annotated[float, Field(gt=0)] = Field(3600.0, description="Wall-clock limit for one video.")
    async_above_bytes: Annotated[int, Field(ge=0)] = Field(
        100_000_000, description="Larger videos are answered 202 at once, with an address that tells how far they are."
    )
    video_memory_mb: Annotated[int, Field(ge=512)] = Field(
        2048, description="Memory limit of a process that decodes videos."
    )
    deep_budget_ms: Annotated[int, Field(ge=0)] = Field(
        500,
        description="How long one picture is compared with takedowns part by part; the rest is done in the background.",
    )
    upload_features: bool = Field(
        True,
        description="Whether local features of uploads are kept, of videos those of scenes: look-back sees crops too.",
    )
    repeated_files_s: Annotated[float, Field(ge=0, le=600)] = Field(
        60.0,
        description="How long the signals of a picture are kept in memory, so that the same file sent again under the "
        "same key is not decoded again; what it matches is searched for anew. 0 keeps none.",
    )
    preview_retention_days: Annotated[float, Field(gt=0, le=3650)] = Field(
        30.0, description="How long previews are kept."
    )
    retention_withdrawn_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.WITHDRAWN].default_days, description="When a reversed takedown is erased; 0 keeps it."
    )
    retention_rejected_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.REJECTED].default_days, description="When a rejected report is erased; 0 keeps it."
    )
    retention_uploads_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.UPLOADS].default_days, description="When signals of published uploads are erased; 0 keeps them."
    )
    retention_post_texts_days: Annotated[float, Field(ge=0)] = Field(
        RETENTION[Dated.POST_TEXTS].default_days, description="When post texts are erased; 0 keeps them."
    )
    blast_radius_limit: Annotated[int, Field(ge=0)] = Field(
        100, description="A takedown that would hit more registered uploads than this needs a second approver."
    )
    blast_radius_budget_ms: Annotated[int, Field(ge=0)] = Field(
        2000, description="How long uploads are compared to count what a decision would hit; the rest is estimated."
    )
    sample_above: Annotated[int, Field(ge=0)] = Field(
        50, description="Where more cases than this are decided at once, some must have been looked at first."
    )
    sample_size: Annotated[int, Field(ge=0, le=100)] = Field(
        3, description="How many of each takedown must have been looked at; 0 for none."
    )
    flood_uploaders: Annotated[int, Field(ge=0)] = Field(
        25,
        description="A takedown that matches uploads by more people than this a day goes into quarantine; 0 for never.",
    )
    interim_hours: Annotated[float, Field(ge=0)] = Field(
        72.0, description="How long what is restricted at once is held before a person has decided; 0 for never."
    )
    interim_valid_reports: bool = Field(
        False, description="Whether intimate media that the person depicted reports is held before a person decides."
    )
    public_reports: bool = Field(False, description="Whether reports may be filed without a key.")
    public_reports_per_hour: Annotated[int, Field(gt=0)] = Field(20, description="Per address, without a key.")
    untrusted_signals: bool = Field(
        False, description="Whether keys that are not marked trusted may ask by signals, not only with files."
    )
    untrusted_files_per_hour: Annotated[int, Field(gt=0)] = Field(
        3_600, description="Files an hour taken of a key that is not marked trusted."
    )
    receipts_per_minute: Annotated[int, Field(gt=0)] = Field(60, description="Per address, with a receipt.")
    key_requests_per_minute: Annotated[int, Field(ge=0)] = Field(
        0, description="For each bearer of a key, where the key has no limit of its own; 0 for as many as they like."
    )
    wrong_tries: Annotated[int, Field(ge=1)] = Field(
        10, description="Different wrong keys or receipts from one address in ten minutes before it has to pause."
    )
    second_look_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        2.0, description="How many of a hundred decisions about copies a second person looks at, without being told."
    )
    known_pair_percent: Annotated[float, Field(ge=0, le=100)] = Field(
        2.0, description="After how many of a hundred decisions a known pair is shown in between, once one is planted."
    )
    session_idle_minutes: Annotated[float, Field(gt=0)] = Field(
        60.0, description="After how long without a request somebody has to sign in to the console again."
    )
    session_hours: Annotated[float, Field(gt=0, le=168)] = Field(
        12.0, description="After how long at most somebody has to sign in to the console again."
    )
    insecure_cookies: bool = Field(
        False,
        description="Whether the console works over plain HTTP from other machines; for a trial in your own network.",
    )
    oidc_issuer: str = Field(
        "",
        description="Address of an OpenID Connect provider that people sign in to the console with; "
        "needs `staydown[sso]`.",
    )
    oidc_client_id: str = Field("", description="What the provider calls this service.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="What this service proves itself to the provider with; empty for a public client."
    )
    oidc_roles: Annotated[tuple[tuple[str, Role], ...], NoDecode] = Field(
        (),
        description="Which group there has which role here: `trust-leads=senior,trust=moderator`; the first that "
        "applies counts.",
    )
    oidc_groups_claim: str = Field("groups", description="Under which name the provider tells somebody's groups.")
    oidc_scopes: str = Field("openid profile email", description="What the provider is asked for.")
    oidc_label: str = Field("single sign-on", description="What the provider is called where people sign in.")
    passwords: bool = Field(
        True, description="Whether people may sign in with a password, beside single sign-on or without it."
    )
    hma: bool = Field(
        False, description="Whether `/hma` answers as Hasher-Matcher-Actioner does, by key or from trusted networks."
    )
    hma_trusted_networks: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses and networks, with commas between, whose programs need no key at `/hma`.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses and networks, with commas between, of proxies that say whom they forward for."
    )
    worker: bool = Field(True, description="Whether `serve` also delivers and looks back, as `staydown worker` does.")
    media_urls: bool = Field(
        False, description="Whether `media_url` is taken wherever `media` is: the file is fetched from that address."
    )
    media_url_timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(
        30.0, description="How long a file may take to arrive, with all redirects."
    )
    media_url_allow_private: bool = Field(
        False, description="Whether files are fetched from private and loopback addresses, and without TLS."
    )
    allow_private_destinations: bool = Field(
        False, description="Whether webhooks may reach private and loopback addresses, and those without TLS."
    )
    ncmec: bool = Field(
        False,
        description="Whether hashes come from NCMEC, too: only where there is a route for media that shows children.",
    )
    delivery_timeout_s: Annotated[float, Field(gt=0)] = Field(15.0, description="For one attempt.")
    retry_first_s: Annotated[float, Field(gt=0)] = Field(1.0, description="Pause after a first failure; then doubled.")
    retry_cap_s: Annotated[float, Field(gt=0)] = Field(3600.0, description="Longest pause between attempts.")
    retry_attempts: Annotated[int, Field(ge=1)] = Field(80, description="Attempts before a delivery is given up.")
    export_folder: Path | None = Field(None, description="Where file exports lie; by default in the data folder.")
    export_rotate_bytes: Annotated[int, Field(gt=0)] = Field(100_000_000, description="When an export is rotated.")
    log_format: Literal["json", "console"] = Field("console", description="How log lines are written.")
    traces_endpoint: str = Field(
        "", description="Where traces go: the address of an OTLP/HTTP collector; needs `staydown[telemetry]`."
    )
    traces_share: Annotated[float, Field(ge=0, le=1)] = Field(1.0, description="Share of traces that are kept.")
    access_log: bool = Field(False, description="Whether each request is logged; `serve --access-log` turns it on.")

    @field_validator("max_incoming_bytes")
    @classmethod
    def _holds_the_largest_file(cls, given: int, others: ValidationInfo) -> int:
        largest = max(others.data.get("max_video_bytes", 0), others.data.get("max_image_bytes", 0))
        if given < largest:
            message = f"at least the largest file that is taken is expected, {largest}: such a one would wait for ever"
            raise ValueError(message)
        return given

    @field_validator("signals", "trusted_proxies", "hma_trusted_networks", mode="before")
    @classmethod
    def _is_a_list_with_commas(cls, given: object) -> object:
        return tuple(name.strip() for name in given.split(",") if name.strip()) if isinstance(given, str) else given

    @field_validator("signals")
    @classmethod
    def _are_optional_types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            taken_types(given)
        except UnknownSignalTypeError as error:
            raise ValueError(str(error)) from error
        return tuple(dict.fromkeys(given))

    @field_validator("trusted_proxies", "hma_trusted_networks")
    @classmethod
    def _are_networks(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for network in given:
            try:
                ip_network(network)
            except ValueError as error:
                message = f"addresses or networks such as 10.0.0.0/8 are expected, not {network!r}"
                raise ValueError(message) from error
        return given

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _are_groups_with_roles(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        pairs = tuple(part.strip().rpartition("=")[::2] for part in given.split(",") if part.strip())
        for group, role in pairs:
            if not group or role not in CONSOLE_ROLES:
                message = (
                    f"group=role is expected, with one of the roles {', '.join(CONSOLE_ROLES)}, not {group}={role}"
                )
                raise ValueError(message)
        return pairs

    @field_validator("oidc_issuer")
    @classmethod
    def _is_reached_over_tls(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
            message = f"an address beginning with https:// is expected, not {given!r}"
            raise ValueError(message)
        return given

    @model_validator(mode="after")
    def _says_all_of_single_sign_on(self) -> Self:
        wanted = [name for name in ("oidc_client_id", "oidc_roles") if not getattr(self, name)]
        if self.oidc_issuer and wanted:
            message = f"STAYDOWN_OIDC_ISSUER needs {' and '.join(_PREFIX + name.upper() for name in wanted)} too"
            raise ValueError(message)
        if not (self.passwords or self.oidc_issuer):
            message = "STAYDOWN_PASSWORDS=false lets nobody sign in without STAYDOWN_OIDC_ISSUER"
            raise ValueError(message)
        return self

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, given: str) -> str:
        known = ("sqlite", "postgresql+psycopg")
        if given and given.partition(":")[0] not in known:
            message = f"an address beginning with one of {', '.join(known)} is expected"
            raise ValueError(message)
        return given

    @property
    def url(self) -> str:
        """The database's URL."""
        if self.database_url:
            return self.database_url
        return url_of_file(self.data / "staydown.db")

    @property
    def retention(self) -> dict[Dated, timedelta]:
        """How long each kind of record is kept; those that are kept for ever are left out."""
        days = {kind: float(getattr(self, f"retention_{kind.value}_days")) for kind in RETENTION}
        return {kind: timedelta(days=each) for kind, each in days.items() if each > 0}

    @property
    def index_folder(self) -> Path:
        """Where segments live."""
        return self.data / "index"

    @property
    def incoming_folder(self) -> Path:
        """Where files lie until they are hashed."""
        return self.data / "incoming"

    @property
    def standby_folder(self) -> Path:
        """Where the copy lies that matching goes on with while the database is away."""
        return self.data / "standby"

    @property
    def rates_file(self) -> Path:
        """Where the processes of this folder count together who asks how often."""
        return self.data / "rates.db"

    @property
    def metrics_file(self) -> Path:
        """Where the processes of this folder add up what they count, for `/metrics`."""
        return self.data / "metrics.db"

    @property
    def kernels_folder(self) -> Path:
        """Where compiled kernels are kept if the installation and the user's cache cannot be written."""
        return self.data / "kernels"

    @property
    def exports(self) -> Path:
        """Where file exports lie."""
        return self.export_folder or self.data / "exports"

    @property
    def keyring_file(self) -> Path:
        """Where the keys lie that everything private is encrypted with."""
        return self.encryption_key_file or self.data / "keyring.json"

    @property
    def preview_key_file(self) -> Path:
        """Where versions before had the one key they encrypted previews with."""
        return self.data / "preview.key"


def unknown_settings(names: Iterable[str]) -> dict[str, str | None]:
    """
    Find names that look like settings and are none.

    Args:
        names: Names of variables.

    Returns:
        Each with the nearest setting there is, or None.
    """
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | _OTHER_VARIABLES
    given = {name.upper() for name in names if name.upper().startswith(_PREFIX)}
    strange = sorted(name for name in given - known if not name.startswith(_TESTS))
    nearest = {
        name: get_close_matches(name.removeprefix(_PREFIX).lower(), Settings.model_fields, n=1) for name in strange
    }
    return {name: f"{_PREFIX}{near[0].upper()}" if near else None for name, near in nearest.items()}


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
            f"{_PREFIX}{'_'.join(str(part) for part in problem['loc']).upper()}: {_said(problem['msg'])}"
            for problem in error.errors()
        )
        message = f"settings: {problems}"
        raise SettingsError(message) from error


def _said(message: str) -> str:
    """Leave out what Pydantic puts before the message of a validator of ours."""
    return message.removeprefix("Value error, ")
