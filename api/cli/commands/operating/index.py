"""`staydown index`: look at the index's files, check them, rebuild them, erase what was removed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.table import Table

from api.bootstrap import require_prepared
from api.replica.indexes import index_kind, index_options, layout_in, open_index, read_live_items
from api.replica.replica import Replica
from api.replica.sealing import sealing
from api.replica.slot_count import move_uploads
from api.replica.unfit import unfit_items
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, write_json, write_line
from casework.domain.media import Collection
from casework.persistence.connection.database import Database, open_database, open_follower, open_reader
from casework.persistence.index_log.shrinking import shrink as shrink_record
from casework.persistence.index_log.slots import MOST_SLOTS
from index.base import SearchableIndex
from index.stats import CollectionStats

app = typer.Typer(no_args_is_help=True, help="Look at the index, check it, rebuild it, erase what was removed.")

OneCollection = Annotated[
    Collection | None, typer.Option("--collection", help="Only this one; every collection if left out.")
]


@app.command()
def stats(*, collection: OneCollection = None, as_json: AsJson = False) -> None:
    """
    Count items, segments, tombstones and bytes of each collection.

    For example:

        staydown index stats

        staydown index stats --collection takedowns --json
    """
    with _record() as (settings, reader), _following(settings, reader, collection) as indexes:
        counted = {name.value: index.stats() for name, index in indexes.items()}
        versions = {name.value: index.versions for name, index in indexes.items()}
    if as_json:
        write_json({name: _document(one, versions[name]) for name, one in counted.items()})
        return
    console().print(_table(counted))
    for name, one in counted.items():
        write_line(
            f"{name}: version {one.version:,}, {one.delta_changes:,} changes not yet sealed, "
            f"{one.tombstones:,} tombstones, {one.size_bytes:,} bytes"
        )
        if len(versions[name]) > 1:
            write_line(f"{name}: {len(versions[name])} slots, at versions {', '.join(map(str, versions[name]))}")
        if one.last_maintenance_error is not None:
            write_line(f"{name}: {one.last_maintenance_error}", style="red")


@app.command()
def verify(*, collection: OneCollection = None, as_json: AsJson = False) -> None:
    """
    Read every byte of every file and compare it with its checksum; exit 1 naming the first that differs.

    Then read every value in the record; exit 1 naming those that no index can take and that are set aside.

    For example:

        staydown index verify
    """
    with _record() as (settings, reader):
        found: list[dict[str, object]] = []
        names = held_here(settings, collection)
        for name in names:
            with _working("verifying", name):
                for slot in layout_in(reader, name).slots:
                    index_kind(settings, name).open(index_options(settings, slot)).verify()
                found += [{"collection": name.value, **one._asdict()} for one in unfit_items(reader, name)]
    if not found:
        _say("verified", names, as_json=as_json)
        return
    if as_json:
        write_json({"set_aside": found})
    for one in found:
        typer.echo("{collection}: item {item_id} is set aside, and is found by nobody: {why}".format(**one), err=True)
    raise typer.Exit(1)


@app.command()
def rebuild(*, collection: OneCollection = None, as_json: AsJson = False) -> None:
    """
    Rebuild the files from the record. Servers go on answering meanwhile and take the new files over.

    For example:

        staydown index rebuild --collection takedowns
    """
    with _record() as (settings, reader):
        names = held_here(settings, collection)
        for name in names:
            with _working("rebuilding", name):
                rebuild_slots(settings, name, reader)
    _say("rebuilt", names, as_json=as_json)


@app.command()
def slots(
    count: Annotated[int | None, typer.Argument(min=1, max=MOST_SLOTS, help="How many; left out, only say it.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """
    Say in how many slots the log of uploads lies, or move it to so many: first stop every process.

    Nothing of the log is lost, and its files are built anew. Afterwards set STAYDOWN_UPLOAD_SLOTS everywhere.

    For example:

        staydown index slots

        staydown index slots 16
    """
    with _record() as (settings, reader):
        before = layout_in(reader, Collection.UPLOADS).count
        if count is not None and count != before:
            with _working("moving", Collection.UPLOADS):
                move_uploads(settings, count)
                if index_kind(settings, Collection.UPLOADS).is_local:
                    rebuild_slots(settings, Collection.UPLOADS, reader)
        now = layout_in(reader, Collection.UPLOADS).count
    if as_json:
        write_json({"slots": {Collection.UPLOADS.value: now}})
        return
    write_line(f"uploads: {now} {'slot' if now == 1 else 'slots'}")
    if count is not None and not index_kind(settings, Collection.UPLOADS).is_local:
        write_line("the machines of the cluster hold the new slots once `staydown cluster start` has placed them")
    if now != settings.upload_slots:
        write_line(f"set STAYDOWN_UPLOAD_SLOTS={now} for every process, here and on other machines, before it starts")


@app.command()
def compact(*, collection: OneCollection = None, as_json: AsJson = False) -> None:
    """
    Write each collection into one segment without anything that was removed: it is gone from disk afterwards.

    For example:

        staydown index compact
    """
    with _record() as (settings, reader), _following(settings, reader, collection) as indexes:
        names = held_here(settings, collection)
        for name in names:
            with _working("compacting", name), sealing(reader, settings.index_folder, name, wait=True):
                indexes[name].compact()
    _say("compacted", names, as_json=as_json)


@app.command()
def shrink(*, as_json: AsJson = False) -> None:
    """
    Let the record go of values that it holds more than once, as earlier versions did: of a picture three times 12 KB.

    Everything may run meanwhile. Ended at any moment it can be done again, and goes on with what is left.

    For example:

        staydown index shrink
    """
    let_go = 0
    with _record() as (settings, _), console(errors=True).status("shrinking the record") as status:
        writer = open_database(settings.url)
        try:
            for values in shrink_record(writer):
                let_go += values
                status.update(f"shrinking the record: {let_go:,} values let go of")
        finally:
            writer.dispose()
    if as_json:
        write_json({"let_go": let_go})
        return
    write_line(f"let go of {let_go:,} values that lie elsewhere in the record, too")
    if let_go:
        write_line("the room is used for what comes next; VACUUM (PostgreSQL: VACUUM FULL) gives it back to the disk")


def held_here(settings: Settings, collection: Collection | None) -> list[Collection]:
    """
    Name the chosen collections whose files lie on this machine.

    Args:
        settings: Of this process.

        collection: The chosen one; None for all of them.

    Raises:
        CommandError: If the chosen one lies on the machines of a cluster.
    """
    names = [name for name in _named(collection) if index_kind(settings, name).is_local]
    if not names:
        message = (
            "uploads lie on the machines of the cluster, which look after their files themselves; `staydown cluster "
            "status` says how they are"
        )
        raise CommandError(message)
    return names


def rebuild_slots(settings: Settings, collection: Collection, reader: Database) -> None:
    """Write the files of every slot of a collection again from the record."""
    index = open_index(settings, collection, reader)
    for slot, part in zip(layout_in(reader, collection).slots, index.slots, strict=True):
        if part.rebuilt_because is None:
            with sealing(reader, settings.index_folder, collection, wait=True):
                part.rebuild(read_live_items(reader, slot))


@contextmanager
def _record() -> Iterator[tuple[Settings, Database]]:
    settings = read_settings()
    reader = open_reader(settings.url)
    try:
        require_prepared(settings, reader)
        yield settings, reader
    finally:
        reader.dispose()


@contextmanager
def _following(
    settings: Settings, reader: Database, collection: Collection | None
) -> Iterator[dict[Collection, SearchableIndex]]:
    """Open the chosen collections and apply everything the record has."""
    indexes = {name: open_index(settings, name, reader) for name in _named(collection)}
    follower = open_follower(settings.url)
    try:
        with closing(Replica(follower, indexes)) as replica:
            replica.catch_up()
            yield indexes
    finally:
        follower.dispose()


@contextmanager
def _working(verb: str, name: Collection) -> Iterator[None]:
    with console(errors=True).status(f"{verb} {name.value}"):
        yield


def _named(collection: Collection | None) -> list[Collection]:
    return list(Collection) if collection is None else [collection]


def _say(verb: str, names: Sequence[Collection], *, as_json: bool) -> None:
    if as_json:
        write_json({verb: [name.value for name in names]})
    else:
        write_line(f"{verb} {', '.join(name.value for name in names)}")


def _table(counted: Mapping[str, CollectionStats]) -> Table:
    table = Table("collection", "signal", "items", "in segments", "bytes", "searched by", "details")
    for name, one in counted.items():
        for signal_type in sorted(one.items):
            parts = [part for part in one.parts if part.signal_type == signal_type]
            table.add_row(
                name,
                signal_type,
                f"{one.items[signal_type]:,}",
                f"{sum(part.rows for part in parts):,} in {len(parts)}",
                f"{sum(part.size_bytes for part in parts):,}",
                ", ".join(sorted({part.backend for part in parts})),
                "; ".join(sorted({", ".join(f"{k} {v}" for k, v in part.details.items()) for part in parts})),
            )
    return table


def _document(one: CollectionStats, versions: Sequence[int]) -> dict[str, object]:
    return {
        "version": one.version,
        "slots": list(versions),
        "applied_seq": one.applied_seq,
        "generation": one.generation,
        "items": dict(one.items),
        "tombstones": one.tombstones,
        "delta_changes": one.delta_changes,
        "size_bytes": one.size_bytes,
        "parts": [
            {
                "segment": part.segment,
                "signal_type": part.signal_type,
                "backend": part.backend,
                "rows": part.rows,
                "size_bytes": part.size_bytes,
                "details": dict(part.details),
            }
            for part in one.parts
        ],
        "last_maintenance_error": one.last_maintenance_error,
    }
