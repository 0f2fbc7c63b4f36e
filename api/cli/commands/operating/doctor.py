"""`staydown doctor`: is everything here that the service needs, and what to do about what is not?"""

import io
import os
import platform
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from tempfile import TemporaryFile

import typer
from PIL import Image
from rich.table import Table
from rich.text import Text

from api.bootstrap import open_sandbox, require_prepared
from api.clock import SystemClock
from api.cluster.standing import cluster_standing, store_trouble, stored_standing
from api.errors import ApiError
from api.replica.indexes import index_kind, index_options, layout_in
from api.replica.unfit import unfit_items
from api.security.keyring import Keyring
from api.security.modes import open_to_others, places_of
from api.settings import Settings, read_settings, settings_without_effect
from api.shell.output import AsJson, console, progress_bar, write_json
from casework.domain.media import Collection
from casework.persistence.connection.database import Database, damage_found, open_reader
from casework.persistence.connection.failures import DatabaseFailedError
from casework.persistence.encryption.proofs import read_proofs
from casework.persistence.encryption.rotation import count_outdated
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.index_log.slots import Layout, Slot
from casework.persistence.repositories.retention import SqlPastDate
from index.errors import DamagedIndexError, IndexStoreError
from matcher.errors import MatcherError
from matcher.sandbox.walls import Walls

_A_DAY = timedelta(days=1)
_LIBRARIES = ("staydown", "numpy", "numba", "faiss-cpu", "opencv-python-headless", "pillow", "pillow-heif", "pdqhash")
_WALLS_REMEDY = "run the service on Linux 5.13 or later, where Landlock and seccomp are on and containers allow both"
_LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing looked at.

    Args:
        name: What.

        ok: Whether it is as it must be.

        detail: What was found.

        remedy: What to do, or None if nothing.
    """

    name: str
    ok: bool
    detail: str
    remedy: str | None = None


def doctor(*, as_json: AsJson = False) -> None:
    """
    Look at settings, data folder, database, index, decoding and disk; exit 1 if anything is missing or wrong.

    For example:

        staydown doctor

        staydown doctor --json
    """
    findings = examine()
    healthy = all(finding.ok for finding in findings)
    if as_json:
        write_json({"ok": healthy, "findings": findings})
    else:
        console().print(_table(findings))
    if not healthy:
        raise typer.Exit(1)


def examine() -> list[Finding]:
    """Look at everything; without settings there is nothing else to look at."""
    try:
        settings = read_settings()
    except ApiError as error:
        return [Finding("settings", False, str(error), "correct the variable, or the .env file here")]
    findings = [Finding("settings", True, f"data in {settings.data.resolve()}")]
    with progress_bar() as bar:
        findings += [check(settings) for check in bar.track(CHECKS, description="Looking")]
    return findings


def check_folder(settings: Settings) -> Finding:
    """Look whether files can be made in the data folder."""
    try:
        with TemporaryFile(dir=settings.data):
            return Finding("data folder", True, "can be written")
    except OSError as error:
        remedy = f"run `staydown init` as a user who may write {settings.data.resolve().parent}"
        return Finding("data folder", False, f"{settings.data}: {error.strerror}", remedy)


def check_modes(settings: Settings) -> Finding:
    """Look whether others than the owner may read what lies in the data folder, or change it."""
    opened = open_to_others(settings)
    if not opened:
        alone, nothing = "folders and files are for their owner alone", "not looked at: there is no data folder yet"
        return Finding("modes", True, alone if settings.data.exists() else nothing)
    first, mode = next(iter(opened.items()))
    more = f" and {len(opened) - 1:,} more" if len(opened) > 1 else ""
    concerned = {place for place in places_of(settings) if any(place in (one, *one.parents) for one in opened)}
    remedy = f"run `chmod -R go= {' '.join(sorted(str(one.resolve()) for one in concerned))}`"
    return Finding("modes", False, f"others than the owner may use {first} (mode {mode:o}){more}", remedy)


def check_keyring(settings: Settings) -> Finding:
    """Look whether the keyring is there, and whether it is the one the database is encrypted with."""
    reader = open_reader(settings.url)
    try:
        proofs = read_proofs(reader)
    except DatabaseFailedError:
        proofs = {}  # what is wrong with it is said of the database
    finally:
        reader.dispose()
    try:
        keyring = Keyring(settings.keyring_file)
        keyring.require(proofs)
    except ApiError as error:
        remedy = f"restore {settings.keyring_file} from its backup" if proofs else "run `staydown init`"
        return Finding("keyring", False, str(error), remedy)
    return check_rotation(settings, keyring)


def check_rotation(settings: Settings, keyring: Keyring) -> Finding:
    """Look whether a rotation of the keys is at its end: before that, who has an old key reads what is under it."""
    ring = keyring.ring
    newest = list(ring.keys)[-1]
    found = f"{len(ring.keys)} in it; {newest} is the newest"
    if len(ring.keys) == 1:
        return Finding("keyring", True, found)
    if newest != ring.writing:
        remedy = "run `staydown keys rotate-encryption` once every machine has a copy of the keyring"
        return Finding("keyring", True, f"{found}, prepared and not written with yet", remedy)
    reader = open_reader(settings.url)
    try:
        outdated = count_outdated(reader, keyring)
    except DatabaseFailedError:
        return Finding("keyring", True, found)  # what is wrong with it is said of the database
    finally:
        reader.dispose()
    over_sqlite = reader.dialect.name == "sqlite"
    if over_sqlite or outdated:
        detail = f"{found}; a rotation to it is not at its end: {outdated:,} records are under another key"
        return Finding("keyring", False, detail, "run `staydown keys rotate-encryption` again: it goes on")
    remedy = "once every machine has a copy of the keyring, run `staydown keys rotate-encryption --finish`"
    return Finding("keyring", True, f"{found}; nothing is under another, which are kept until the last step", remedy)


def check_database(settings: Settings) -> Finding:
    """Look whether the database is there, with this version's schema, and whether it is damaged."""
    reader = open_reader(settings.url)
    try:
        damage = damage_found(reader)
        if damage is not None:
            return Finding(
                "database", False, f"damaged: {damage}", "stop Staydown and restore a backup of the database"
            )
        require_prepared(settings, reader)
    except ApiError as error:
        return Finding("database", False, str(error), "run `staydown init`")
    finally:
        reader.dispose()
    return Finding("database", True, f"{reader.dialect.name}, schema is current, no damage")


def check_retention(settings: Settings) -> Finding:
    """Look how much is past its date and not erased yet: within a day it should be."""
    reader = open_reader(settings.url)
    try:
        with reader.connect() as connection, connection.begin():
            past, now = SqlPastDate(connection), SystemClock().now()
            due = {kind: past.count(kind, now - kept - _A_DAY) for kind, kept in settings.retention.items()}
    except DatabaseFailedError:
        return Finding("retention", False, "cannot be counted", "mend what else is found here first")
    finally:
        reader.dispose()
    late = ", ".join(f"{kind.value.replace('_', ' ')}: {count:,}" for kind, count in due.items() if count)
    if late:
        return Finding("retention", False, f"past their date: {late}", "run `staydown serve`: it erases them")
    return Finding("retention", True, "nothing is past its date")


def check_versions_of_index(settings: Settings) -> Finding:
    """Look whether the index has seen more than the record knows: then an older database was restored beside it."""
    name = "index and record"
    reader = open_reader(settings.url)
    try:
        slots = _slots(settings, reader)
        with reader.connect() as connection:
            record = IndexLogReader(connection)
            committed = {slot: record.version(slot) for slot in slots}
        kinds = {slot: index_kind(settings, slot.collection) for slot in slots}
        seen = {slot: kind.open(index_options(settings, slot)).newest_version for slot, kind in kinds.items()}
        unfit = [one for collection in Collection for one in unfit_items(reader, collection)]
    except (DatabaseFailedError, IndexStoreError, OSError):
        return Finding(name, False, "cannot be compared", "mend what else is found here first")
    finally:
        reader.dispose()
    ahead = [
        f"{one} at {seen[one]:,}, the database at {committed[one]:,}" for one in seen if seen[one] > committed[one]
    ]
    if ahead:
        remedy = f"an older database was restored: stop every process, delete {settings.index_folder}; it is rebuilt"
        return Finding(name, False, f"the index is ahead of the database: {'; '.join(ahead)}", remedy)
    if unfit:
        remedy = "`staydown index verify` names them; report what they belong to again, all else is found"
        return Finding(name, False, f"{len(unfit)} values in the database cannot be indexed and are set aside", remedy)
    return Finding(name, True, "the index has seen nothing that the database does not know")


def check_settings(_: Settings) -> Finding:
    """Look for variables that have no effect: a setting that is misspelt is missed in silence."""
    unknown = settings_without_effect()
    if not unknown:
        return Finding("variables", True, "every STAYDOWN_ variable is a setting")
    said = ", ".join(f"{name} (did you mean {nearest}?)" if nearest else name for name, nearest in unknown.items())
    return Finding("variables", False, f"no such setting: {said}", "correct the name, or remove it")


def check_index(settings: Settings) -> Finding:
    """Read every byte of every segment and compare checksums."""
    if not settings.index_folder.is_dir():
        return Finding("index", False, f"{settings.index_folder} is missing", "run `staydown init`")
    reader = open_reader(settings.url)
    try:
        slots = _slots(settings, reader)
    except DatabaseFailedError:
        slots = [Layout(one).slot(0) for one in _here(settings)]  # another finding says what is wrong with it
    finally:
        reader.dispose()
    sizes: list[int] = []
    for slot in slots:
        try:
            index = index_kind(settings, slot.collection).open(index_options(settings, slot))
            index.verify()
        except DamagedIndexError as error:
            remedy = "nothing is lost: the next `staydown serve` rebuilds it from the database"
            return Finding("index", False, f"{slot}: {error}", remedy)
        except (IndexStoreError, OSError) as error:
            return Finding("index", False, f"{slot}: {error}", "update Staydown, or restore the folder")
        sizes.append(index.stats().size_bytes)
    collections = len(_here(settings))
    more = f" in {len(sizes)} slots" if len(sizes) > collections else ""
    return Finding("index", True, f"{collections} collections{more}, {sum(sizes):,} bytes, every checksum fits")


def check_cluster(settings: Settings) -> Finding:
    """Look whether every slot of uploads that a cluster holds is answered for, and by more than one machine."""
    name = "cluster"
    reader = open_reader(settings.url)
    try:
        standing = cluster_standing(settings, reader)
    except DatabaseFailedError:
        if index_kind(settings, Collection.UPLOADS).is_local:
            return Finding(name, True, "uploads lie on this machine")
        return Finding(name, False, "what lies where cannot be read", "mend what else is found here first")
    finally:
        reader.dispose()
    nodes = sorted({one.node for one in standing.replicas})
    if index_kind(settings, Collection.UPLOADS).is_local:
        if not nodes:
            return Finding(name, True, "uploads lie on this machine")
        detail = f"uploads lie on this machine, and still on {', '.join(nodes)}, which no erasure reaches"
        remedy = "run `staydown cluster drop`, or set STAYDOWN_UPLOAD_INDEX=clustered here"
        return Finding(name, False, detail, remedy)
    if standing.trouble is not None:
        detail = f"{standing.trouble}; look-backs wait, matching goes on"
        return Finding(name, False, detail, "run `staydown cluster start`")
    count = len(standing.slots)
    if standing.silent:
        detail = (
            f"no machine answers about {len(standing.silent):,} of {count:,} slots; look-backs wait, matching goes on"
        )
        return Finding(name, False, detail, "`staydown cluster status` names the machines; start those that are down")
    alone = sum(machines == 1 for machines in standing.answering.values())
    if alone:
        detail = f"{alone:,} of {count:,} slots are answered for by one machine alone"
        return Finding(name, False, detail, "start the machines that are down, or `staydown cluster drain` them")
    return Finding(name, True, f"{count:,} slots on {len(nodes)} machines, each on two or more")


def check_store(settings: Settings) -> Finding:
    """Look whether the store answers in which machines of a cluster keep files, and whether none is forgotten there."""
    name = "store"
    reader = open_reader(settings.url)
    try:
        stored = stored_standing(reader)
    except DatabaseFailedError:
        if not settings.cluster_store and index_kind(settings, Collection.UPLOADS).is_local:
            return Finding(name, True, "no machine of a cluster keeps files in one, by the settings")
        return Finding(name, False, "what lies there cannot be read", "mend what else is found here first")
    finally:
        reader.dispose()
    stores = sorted({one.store for one in stored} | ({settings.cluster_store} if settings.cluster_store else set()))
    for address in stores:
        trouble = store_trouble(address)
        if trouble is not None:
            detail = f"{trouble}; erasures of uploads wait for it, empty machines begin with the log"
            return Finding(name, False, detail, "make it reachable from here and from every machine of the cluster")
    left = sorted({one.node for one in stored if not one.placed})
    if left:
        detail = f"{', '.join(left)} left files in {', '.join(stores)}, and no machine holds those slots any more"
        return Finding(name, False, detail, "the next erasure deletes them, or `staydown cluster drop` where none runs")
    if not stores:
        return Finding(name, True, "no machine of a cluster keeps files in one")
    size = sum(one.size_bytes for one in stored)
    return Finding(name, True, f"{', '.join(stores)} answers; {len(stored):,} replicas in it, {size:,} bytes")


def _here(settings: Settings) -> list[Collection]:
    """Return the collections whose files lie on this machine."""
    return [collection for collection in Collection if index_kind(settings, collection).is_local]


def _slots(settings: Settings, reader: Database) -> list[Slot]:
    """Return the slots of every collection whose files lie on this machine."""
    return [slot for collection in _here(settings) for slot in layout_in(reader, collection).slots]


def check_decoding(settings: Settings) -> Finding:
    """Have a generated picture hashed as an upload would be."""
    picture = io.BytesIO()
    Image.linear_gradient("L").save(picture, "PNG")
    try:
        with open_sandbox(settings, workers=1) as sandbox:
            made, walls = sandbox.hash_image(picture.getvalue()), sandbox.walls
    except ApiError as error:
        return Finding("decoding", False, str(error), _WALLS_REMEDY)
    except MatcherError as error:
        return Finding("decoding", False, str(error), "raise STAYDOWN_DECODE_MEMORY_MB or STAYDOWN_DECODE_TIMEOUT_S")
    detail = f"in a process of its own: {', '.join(one.type for one in made.signals)}; {_told(walls)}"
    return Finding("decoding", not walls.lacking, detail, _WALLS_REMEDY if walls.lacking else None)


def _told(walls: Walls) -> str:
    missing = "; ".join(f"{name}: {why}" for name, why in walls.missing.items())
    return f"walls: {', '.join(walls.layers) or 'none'}" + (f"; missing: {missing}" if missing else "")


def check_disk(settings: Settings) -> Finding:
    """Look how much room there is."""
    folder = next(one for one in (settings.data.resolve(), *settings.data.resolve().parents) if one.is_dir())
    free = shutil.disk_usage(folder).free
    fits = free >= _LEAST_FREE_BYTES
    remedy = None if fits else "make room: with a full disk no report can be taken in"
    return Finding("disk", fits, f"{free / 1e9:,.1f} GB free", remedy)


def check_versions(_: Settings) -> Finding:
    """Name what a bug report needs."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    cores = len(os.sched_getaffinity(0))
    machine = (
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}, {cores} cores"
    )
    return Finding("versions", True, f"{machine}; {libraries}")


CHECKS: tuple[Callable[[Settings], Finding], ...] = (
    check_folder,
    check_modes,
    check_settings,
    check_database,
    check_keyring,
    check_index,
    check_versions_of_index,
    check_cluster,
    check_store,
    check_retention,
    check_decoding,
    check_disk,
    check_versions,
)


def _table(findings: list[Finding]) -> Table:
    table = Table("", "", "", box=None, show_header=False, pad_edge=False)
    for finding in findings:
        state = Text("ok", style="green") if finding.ok else Text("problem", style="red")
        remedy = "" if finding.remedy is None else f"\n→ {finding.remedy}"
        table.add_row(finding.name, state, f"{finding.detail}{remedy}")
    return table
