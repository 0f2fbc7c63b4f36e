"""
The composition root: settings -> database, index, sandbox, keyring, joined into one `Service` a process.

Invariant: the only place that builds these. A route, a command and a test all get the same `Service`.
"""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial

import structlog
from anyio import CapacityLimiter

from api.arrivals.decoding_queue import DecodingQueue
from api.arrivals.registrations import Registrations
from api.arrivals.spool import Spool
from api.clock import SystemClock
from api.errors import SettingsError
from api.fetching.fetcher import Fetcher, FetchOptions
from api.metrics.shared import SharedMetrics
from api.replica.indexes import open_indexes
from api.replica.loop_barrier import LoopBarrier
from api.replica.memory import Memory
from api.replica.replica import Replica
from api.replica.slot_count import require_slots, take_slots
from api.replica.standby import open_standby
from api.security.key_uses import KeyUses
from api.security.keyring import Keyring
from api.security.modes import PRIVATE_FOLDER, warn_of_open_folder
from api.security.people.single_sign_on import IdentityProvider
from api.security.probing import ProbeWatch
from api.security.rate_limit import RateLimits
from api.service import Service
from api.settings import Settings
from casework.delivery.options import SendOptions
from casework.domain.errors import RetiredKeyError
from casework.domain.takedowns.propagation import RetryPolicy
from casework.persistence.connection.database import (
    Database,
    DatabaseConnection,
    open_database,
    open_follower,
    open_reader,
)
from casework.persistence.connection.failures import DatabaseUnreachableError, is_about_the_file
from casework.persistence.connection.turns.group_commit import writer_over
from casework.persistence.connection.wakeup import CommitWatch
from casework.persistence.encryption.proofs import add_proof, is_partly_plain, read_proofs, write_pages_anew
from casework.persistence.lookout import Lookout
from casework.persistence.machine_files.rates import SharedRates
from casework.persistence.machine_files.shared_totals import SharedTotals
from casework.persistence.schema import migrate, newer_schema, schema_is_current
from casework.persistence.unit_of_work import transaction
from casework.policy.automation.flood import FloodLimits
from casework.policy.automation.interim import InterimTerms
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.together import SampleTerms
from casework.ports.unit_of_work import Clock
from matcher.errors import MissingWallsError
from matcher.reading.containers import VideoLimits
from matcher.reading.decode import Limits
from matcher.sandbox.media import MediaSandbox
from matcher.sandbox.pool import DRAWING, PICTURES, VIDEOS, Sandbox
from matcher.sandbox.seat import Bounds, Demand
from matcher.signals import taken_types

log = structlog.get_logger()

_SPARE_WORKERS = 1
"""Beside those of `STAYDOWN_DECODE_WORKERS`: started when one key holds them all and another one comes."""

_ANSWERS_ABOUT_FILES = 16
"""Of the 40 threads that anyio has for everything else."""


def prepare_data(settings: Settings) -> None:
    """
    Make the data folder, the keyring and the schema; does nothing where they are there.

    Raises:
        SettingsError: If the folder cannot be made or written, the keyring does not belong to the database, a newer
            version wrote that, or the log of uploads lies in other slots than the settings say.
    """
    try:
        settings.data.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        settings.index_folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"STAYDOWN_DATA: {settings.data} cannot be written: {error.strerror}; choose another folder"
        raise SettingsError(message) from error
    warn_of_open_folder(settings)
    engine = open_database(settings.url)
    try:
        with engine.connect() as connection:
            _refuse_newer(settings, connection)
        keyring = _prepare_keyring(settings, engine)
        migrate(engine, keyring)
        keyring.require(read_proofs(engine))
        try:
            add_proof(engine, keyring.ring.writing, keyring.ring.proof(keyring.ring.writing))
        except RetiredKeyError as error:
            message = f"{keyring.path}: {error}"
            raise SettingsError(message) from error
        if is_partly_plain(engine):
            log.warning("what an earlier version wrote in the clear is encrypted now; writing the old pages anew")
            write_pages_anew(engine)
            log.info("the old pages are gone")
        take_slots(settings, engine)
    finally:
        engine.dispose()


def _refuse_newer(settings: Settings, connection: DatabaseConnection) -> None:
    """Neither read nor change what a newer version wrote: its rows may mean what this one does not know."""
    found = newer_schema(connection)
    if found is not None:
        message = (
            f"a newer version of Staydown wrote the record of {settings.data} (schema {found}); run that version, or "
            "restore a backup from before the upgrade"
        )
        raise SettingsError(message)


def _prepare_keyring(settings: Settings, engine: Database) -> Keyring:
    """Open the keyring; make one where nothing was encrypted before."""
    path = settings.keyring_file
    try:
        return Keyring.made(path, earlier=settings.preview_key_file, proofs=read_proofs(engine))
    except OSError as error:
        message = f"the keyring {path} cannot be written: {error.strerror}; set STAYDOWN_ENCRYPTION_KEY_FILE"
        raise SettingsError(message) from error


def open_keyring(settings: Settings, reader: Database) -> Keyring:
    """
    Open the keyring of a database that is prepared.

    Raises:
        SettingsError: If it is missing, or is another than the one the database was encrypted with.
    """
    keyring = Keyring(settings.keyring_file)
    keyring.require(read_proofs(reader))
    return keyring


@contextmanager
def open_service(settings: Settings, *, clock: Clock | None = None) -> Iterator[Service]:
    """
    Open everything, and close it at the end of the block.

    Args:
        settings: As read by `read_settings`.

        clock: Another than the machine's, for tests.

    Raises:
        SettingsError: If the data folder was not prepared: `staydown init` does it. Or the log of uploads lies in other
            slots than the settings say.
    """
    writer = writer_over(open_database(settings.url))
    reader, follower = open_reader(settings.url), open_follower(settings.url)
    try:
        require_prepared(settings, reader)
        require_slots(settings, reader)
        keyring = open_keyring(settings, reader)
        indexes = open_indexes(settings, reader)
        clock = clock or SystemClock()
        memory = Memory(repeated_files_s=settings.repeated_files_s)
        goes_on = settings.when_database_down == "available"
        kept = timedelta(days=settings.preview_retention_days)
        looking = partial(transaction, reader, clock=clock, preview_retention=kept, vault=keyring)
        with (
            CommitWatch(follower) as commits,
            Lookout(commits, looking) as lookout,
            closing(Replica(follower, indexes)) as replica,
            closing(LoopBarrier(follower, replica, memory.forget)) as loop_barrier,
            open_standby(settings.standby_folder, allowed=goes_on, clock=clock, vault=keyring) as standby,
            closing(_fetcher(settings)) as fetcher,
            open_sandbox(settings, module=DRAWING) as sandbox,
            closing(SharedRates(settings.rates_file)) as rates,
            closing(SharedMetrics(SharedTotals(settings.metrics_file))) as metrics,
        ):
            yield Service(
                settings=settings,
                clock=clock,
                writer=writer,
                reader=reader,
                follower=follower,
                commits=commits,
                lookout=lookout,
                indexes=indexes,
                replica=replica,
                memory=memory,
                loop_barrier=loop_barrier,
                standby=standby,
                sandbox=sandbox,
                spool=open_spool(settings),
                keyring=keyring,
                pictures=_queue(settings, kind="picture", seats=settings.decode_workers, spare=_SPARE_WORKERS),
                videos=_queue(settings, kind="video", seats=settings.video_workers, spare=0),
                answering=CapacityLimiter(_ANSWERS_ABOUT_FILES),
                limits=SafeguardLimits(uploads=settings.blast_radius_limit),
                sample=SampleTerms(above=settings.sample_above, size=settings.sample_size),
                flood=FloodLimits(uploaders=settings.flood_uploaders),
                interim=InterimTerms(
                    limit=timedelta(hours=settings.interim_hours), valid_reports=settings.interim_valid_reports
                ),
                probes=ProbeWatch(rates),
                send_options=SendOptions(
                    export_folder=settings.exports,
                    allow_private=settings.allow_private_destinations,
                    timeout_s=settings.delivery_timeout_s,
                    rotate_bytes=settings.export_rotate_bytes,
                ),
                fetcher=fetcher,
                retry=RetryPolicy(
                    first_s=settings.retry_first_s, cap_s=settings.retry_cap_s, attempts=settings.retry_attempts
                ),
                registrations=Registrations(),
                key_uses=KeyUses(),
                identity_provider=_identity_provider(settings),
                rate_limits=RateLimits(rates, settings),
                metrics=metrics,
            )
    finally:
        writer.close()
        for engine in (reader, follower):
            engine.dispose()


def require_prepared(settings: Settings, reader: Database) -> None:
    """
    Make sure that the database is there, with the schema of this version.

    Raises:
        SettingsError: If it is not: `staydown init` prepares it, or a newer version wrote it.
    """
    try:
        with reader.connect() as connection:
            current = schema_is_current(connection)
            if not current:
                _refuse_newer(settings, connection)
    except DatabaseUnreachableError as error:
        remedy = "" if is_about_the_file(error) else "; run `staydown init`"
        message = f"the database of {settings.data} cannot be opened ({error.orig}){remedy}"
        raise SettingsError(message) from error
    if not current:
        message = f"{settings.data} is not prepared for this version; run `staydown init`"
        raise SettingsError(message)


def open_spool(settings: Settings) -> Spool:
    """Open the folder where files lie until they are hashed."""
    return Spool(
        settings.incoming_folder,
        max_image_bytes=settings.max_image_bytes,
        max_video_bytes=settings.max_video_bytes,
        max_bytes=settings.max_incoming_bytes,
    )


def open_sandbox(settings: Settings, *, workers: int | None = None, module: str = PICTURES) -> MediaSandbox:
    """
    Start the processes that decode, within the limits the operator set; close it, or use it in a `with` block.

    Args:
        settings: As read by `read_settings`.

        workers: Another number of processes for pictures than `STAYDOWN_DECODE_WORKERS` says.

        module: What these load before their first task.

    Raises:
        SettingsError: If walls around them are required, and this machine lacks one.
    """
    bounds = Bounds(
        timeout_s=settings.decode_timeout_s,
        cpu_s=math.ceil(settings.decode_timeout_s),
        memory_bytes=settings.decode_memory_mb * 1_000_000,
    )
    try:
        pictures = Sandbox(
            workers=workers or settings.decode_workers,
            spare=_SPARE_WORKERS,
            limits=image_limits(settings),
            bounds=bounds,
            module=module,
            types=taken_types(settings.signals),
            demand=Demand(settings.sandbox),
        )
    except MissingWallsError as error:
        message = f"STAYDOWN_SANDBOX: {error}; run the service on a kernel that has them, or choose auto"
        raise SettingsError(message) from error
    if pictures.walls.lacking:
        log.error("strangers' files are decoded without a wall", missing=dict(pictures.walls.missing))
    return MediaSandbox(pictures, partial(_video_sandbox, settings))


def _identity_provider(settings: Settings) -> IdentityProvider | None:
    if not settings.oidc_issuer:
        return None
    try:
        from api.security.people.openid_connect import OpenIdConnect
    except ImportError as error:
        message = f"STAYDOWN_OIDC_ISSUER: {error.name} is not installed; install staydown[sso], or leave it out"
        raise SettingsError(message) from error
    return OpenIdConnect(settings)


def _fetcher(settings: Settings) -> Fetcher:
    return Fetcher(
        FetchOptions(
            enabled=settings.media_urls,
            allow_private=settings.media_url_allow_private,
            timeout_s=settings.media_url_timeout_s,
            max_bytes=max(settings.max_image_bytes, settings.max_video_bytes),
            walls_required=settings.sandbox == "required",
        )
    )


def _queue(settings: Settings, *, kind: str, seats: int, spare: int) -> DecodingQueue:
    return DecodingQueue(
        seats=seats,
        spare=spare,
        waiting_per_key=settings.decode_waiting_per_key,
        waiting=settings.decode_waiting,
        kind=kind,
    )


def _video_sandbox(settings: Settings) -> Sandbox:
    limits = VideoLimits(
        max_bytes=settings.max_video_bytes,
        max_duration_s=settings.max_video_duration_s,
        max_pixels=settings.max_video_pixels,
        max_frames=settings.max_video_frames,
    )
    bounds = Bounds(
        timeout_s=settings.video_timeout_s,
        cpu_s=math.ceil(settings.video_timeout_s),
        memory_bytes=settings.video_memory_mb * 1_000_000,
    )
    return Sandbox(
        workers=settings.video_workers,
        video_limits=limits,
        bounds=bounds,
        module=VIDEOS,
        demand=Demand(settings.sandbox),
    )


def image_limits(settings: Settings) -> Limits:
    """Return what one picture may cost, as the operator set it."""
    return Limits(
        max_bytes=settings.max_image_bytes,
        max_pixels=settings.max_image_pixels,
        max_frames=settings.max_animation_frames,
        max_animation_pixels=settings.max_animation_pixels,
    )
