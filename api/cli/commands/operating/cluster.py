"""`staydown cluster`: uploads on several machines; the gateway that asks them, and which machine holds what."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Final

import typer
from rich.table import Table

from api.bootstrap import require_prepared
from api.cli.joining import DEFAULT_ADDRESS, Address, OwnIp, require_head, require_ray
from api.clock import SystemClock
from api.cluster.changing import Plan, change_placement
from api.cluster.home import RecordHome
from api.cluster.standing import ClusterStanding, cluster_standing
from api.cluster.stored import StoredReplicas
from api.logs import configure_logs
from api.settings import Settings, read_settings, warn_of_unknown_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, console, write_json, write_line
from casework.persistence.connection.database import Database, open_database, open_reader
from index.cluster.home import Placed
from index.cluster.placing import Change, drained, fitted, moved
from index.errors import StoreUnreachableError

app = typer.Typer(no_args_is_help=True, help="Hold uploads on several machines: run the gateway, see and move slots.")

MOST_REPLICAS: Final = 5

Nodes = Annotated[
    list[str] | None,
    typer.Option(
        "--node",
        metavar="NAME",
        help="A machine that gets what lies nowhere yet; once for each. For Ray it has the resource staydown_NAME.",
    ),
]


@app.command()
def start(
    *,
    node: Nodes = None,
    replicas: Annotated[
        int, typer.Option(min=1, max=MOST_REPLICAS, help="On how many machines each of those slots lies.")
    ] = 2,
    address: Address = DEFAULT_ADDRESS,
    own_ip: OwnIp = None,
) -> None:
    """
    Run this machine's gateway until Ctrl-C; the first time, place the slots of uploads on machines.

    One runs on each machine where `serve` or `worker` runs with STAYDOWN_UPLOAD_INDEX=clustered. It ends where Ray's
    head stays away: have it started again by whatever starts your services.

    For example:

        staydown cluster start --node a --node b --node c --address 10.0.0.1:6379

        staydown cluster start --address 10.0.0.1:6379 --own-ip 10.0.0.2
    """
    require_ray()
    require_head(address)
    settings = read_settings()
    configure_logs(settings.log_format)
    warn_of_unknown_settings()
    with _record(settings):
        pass
    change = change_placement(settings, lambda rows, slots: _placing(rows, slots, node or [], replicas))
    _say_placed(change)
    _drive(settings, address, own_ip)


@app.command()
def status(
    *,
    slots: Annotated[
        bool, typer.Option("--slots", help="Show each replica of each slot, and what lies of it in the store.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Show which machine holds what, how far behind it is, and the store; exit 1 if about any slot nobody answers.

    For example:

        staydown cluster status

        staydown cluster status --slots
    """
    settings = read_settings()
    with _record(settings) as reader:
        standing = cluster_standing(settings, reader)
    if as_json:
        write_json(
            {
                "gateway": standing.trouble or "ok",
                "alive": standing.alive,
                "silent": standing.silent,
                "replicas": [asdict(one) for one in standing.replicas],
                "stored": [asdict(one) for one in standing.stored],
            }
        )
    else:
        console().print(_replicas(standing) if slots else _machines(standing))
        if slots and standing.stored:
            console().print(_stored(standing))
        _say_stored(settings, standing)
        _say_trouble(standing)
    if standing.silent:
        raise typer.Exit(1)


@app.command()
def move(
    slot: Annotated[str, typer.Argument(metavar="SLOT", help="Its number, or the name of its log.")],
    node: Annotated[str, typer.Argument(metavar="FROM", help="The machine that holds it.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The machine that is to hold it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Move a slot to another machine: it comes from the store or the log, serves once it is up to date, the old one goes.

    For example:

        staydown cluster move 3 a d
    """
    _change(lambda rows, slots: moved(rows, _slot_named(slot, slots), node, to), as_json=as_json)


@app.command()
def drain(
    node: Annotated[str, typer.Argument(metavar="NAME", help="The machine.")],
    *,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="NAME", help="Where to, once for each machine; all others if left out."),
    ] = None,
    fewer: Annotated[
        bool,
        typer.Option("--fewer", help="Hold a slot less often where no other machine can take it."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Move everything off a machine, also one that is lost: each slot to the one of the others that holds the fewest.

    Once `status` no longer names it, nothing of it is needed. What a lost machine had on its disk, nobody can delete
    from here: delete it there.

    For example:

        staydown cluster drain a

        staydown cluster drain a --to d --to e
    """
    _change(lambda rows, _: drained(rows, node, to or [], fewer=fewer), as_json=as_json)


@app.command()
def drop(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, as_json: AsJson = False) -> None:
    """
    Let no machine hold uploads any more: each deletes what it has, and this what lies in the store.

    First have every process hold them itself.

    For example:

        staydown cluster drop
    """
    if not yes:
        typer.confirm("Delete every replica? With STAYDOWN_UPLOAD_INDEX=clustered look-backs then wait", abort=True)
    _change(lambda rows, _: Change(removed=tuple(rows)), as_json=as_json)
    _empty_store(read_settings())


def _empty_store(settings: Settings) -> None:
    """Delete what machines put into the store: one that is lost cannot do it itself."""
    writer, reader = open_database(settings.url), open_reader(settings.url)
    try:
        StoredReplicas(writer, reader, settings.cluster_store, now=SystemClock().now).sweep(unnamed=True)
    except StoreUnreachableError as error:
        message = f"what machines put into the store is not deleted yet: {error}; run this again"
        raise CommandError(message) from error
    finally:
        writer.dispose()
        reader.dispose()


def _placing(rows: Sequence[Placed], slots: Sequence[str], nodes: Sequence[str], replicas: int) -> Change:
    if not rows and not nodes:
        message = "no machine holds anything yet; name those that shall: --node a --node b"
        raise CommandError(message)
    # Of slots that were moved since, those that take their place go to the machines that held them.
    return fitted(rows, slots, list(nodes) or sorted({row.node for row in rows}), replicas=replicas)


def _slot_named(given: str, slots: Sequence[str]) -> str:
    if given in slots:
        return given
    if given.isdecimal() and int(given) < len(slots):
        return slots[int(given)]
    message = f"there is no slot {given!r}; give a number of 0..{len(slots) - 1}, or a name such as {slots[0]}"
    raise CommandError(message)


def _drive(settings: Settings, address: str, own_ip: str | None) -> None:
    from index.cluster.driving import drive

    path = settings.gateway_socket
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    home = RecordHome(settings)
    try:
        asyncio.run(
            drive(
                home,
                address=address,
                socket=path,
                own_ip=own_ip,
                ready=lambda: write_line(f"Staydown's gateway answers at {path} (Ctrl-C ends it)"),
            )
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        message = (
            f"Ray's head at {address} cannot be joined: {error}; start it with `ray start --head`, see docs/SCALING.md"
        )
        raise CommandError(message) from error
    finally:
        home.close()


def _change(plan: Plan, *, as_json: bool) -> None:
    settings = read_settings()
    with _record(settings):
        pass
    change = change_placement(settings, plan)
    if as_json:
        write_json(asdict(change))
        return
    _say_placed(change)


@contextmanager
def _record(settings: Settings) -> Iterator[Database]:
    reader = open_reader(settings.url)
    try:
        require_prepared(settings, reader)
        yield reader
    finally:
        reader.dispose()


def _say_placed(change: Change) -> None:
    for row in change.added:
        write_line(
            f"{row.slot}  {row.stage.value} on {row.node}" + (f", instead of {row.replaces}" if row.replaces else "")
        )
    for row in change.removed:
        write_line(f"{row.slot}  leaves {row.node}")


def _machines(standing: ClusterStanding) -> Table:
    table = Table("machine", "alive", "serving", "coming", "silent", "most behind")
    for node in sorted({one.node for one in standing.replicas} | set(standing.alive)):
        mine = [one for one in standing.replicas if one.node == node]
        behind = [one.behind for one in mine if one.behind is not None]
        table.add_row(
            node,
            "?" if standing.trouble else "yes" if node in standing.alive else "no",
            f"{sum(one.stage == 'serving' for one in mine):,}",
            f"{sum(one.stage == 'coming' for one in mine):,}",
            f"{sum(one.version is None for one in mine):,}",
            f"{max(behind):,}" if behind else "?",
        )
    return table


def _replicas(standing: ClusterStanding) -> Table:
    table = Table("slot", "machine", "stage", "version", "behind")
    for one in standing.replicas:
        version, behind = ("?" if value is None else f"{value:,}" for value in (one.version, one.behind))
        table.add_row(one.slot, one.node, one.stage, version, behind)
    return table


def _stored(standing: ClusterStanding) -> Table:
    table = Table("in the store", "from machine", "version", "behind", "generation", "bytes", "age")
    for one in standing.stored:
        numbers = (f"{number:,}" for number in (one.version, one.behind, one.generation, one.size_bytes))
        table.add_row(one.slot, one.node if one.placed else f"{one.node}, which left", *numbers, _age(one.age_s))
    return table


def _say_stored(settings: Settings, standing: ClusterStanding) -> None:
    if not settings.cluster_store and not standing.stored:
        return
    slots = {one.slot for one in standing.stored} & set(standing.slots)
    told = f"in the store: {len(slots):,} of {len(standing.slots):,} slots"
    if standing.stored:
        size, oldest = sum(one.size_bytes for one in standing.stored), max(one.age_s for one in standing.stored)
        told += f", {size:,} bytes, the oldest {_age(oldest)} old"
    write_line(told)


def _age(seconds: float) -> str:
    return str(timedelta(seconds=int(seconds)))


def _say_trouble(standing: ClusterStanding) -> None:
    if standing.trouble is not None:
        write_line(standing.trouble, style="red")
    elif standing.silent:
        named = ", ".join(standing.silent[:5])
        more = f" and {len(standing.silent) - 5:,} more" if len(standing.silent) > 5 else ""
        write_line(f"no machine answers about {named}{more}: look-backs wait, matching goes on", style="red")
