"""A library is hashed on real machines of a cluster: whatever is killed, each file is registered once."""

import json
import subprocess
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.bootstrap import open_service, prepare_data
from api.cli import main
from api.settings import Settings
from casework.persistence.connection.database import open_reader
from tests.api.conftest import settings_in
from tests.helpers.media.pictures import encoded, jpeg, photo, photo_bytes
from tests.helpers.running.told import told
from tests.helpers.running.waiting import eventually

PHOTOS, COPIES = 8, 25
MORE_THAN_ENDS_MEANWHILE = 1_000
"""Files: some are registered after two seconds, and that the head is lost is noticed after some more."""
FEW = 40

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed: pip install 'staydown[cluster]'"
)


@dataclass
class Machines:
    """Two machines, and commands beside them."""

    process: "subprocess.Popen[str]"

    def told(self, **what: Any) -> Any:
        """Have something done, and return the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """Wait for an answer."""
        assert self.process.stdout is not None
        while not (line := self.process.stdout.readline()).startswith("answer "):
            assert line, "the machines ended"
        return json.loads(line.removeprefix("answer "))

    def are_left_alone(self) -> None:
        """Wait until nothing of a command is left on the machines."""
        eventually(lambda: self.told(hashers=True) + self.told(decoders=True), lambda left: left == 0)


@dataclass
class Run:
    """A command that hashes a library on machines and registers it in a data folder of its own."""

    machines: Machines
    folder: Path

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return settings_in(self.folder)

    def begins(self, name: str, library: Path | str) -> None:
        """Begin, in `folder`."""
        self.machines.told(
            begin=name,
            arguments=["backfill", str(library), "--cluster", "--json"],
            variables={"STAYDOWN_DATA": str(self.settings.data)},
            folder=str(self.folder),
        )

    def ends(self, name: str) -> tuple[int, str]:
        """Wait for its end; return its exit code and what it said beside its result."""
        code = self.machines.told(wait=name)
        return code, (self.folder / f"{name}.err").read_text()

    def result(self, name: str) -> Any:
        """Return the result that it printed."""
        return json.loads((self.folder / f"{name}.out").read_text())

    def count(self) -> int:
        """Count what is registered."""
        reader = open_reader(self.settings.url)
        try:
            with reader.connect() as connection:
                return int(connection.execute(text("SELECT count(*) FROM uploads")).scalar_one())
        finally:
            reader.dispose()

    def has_registered_some(self) -> None:
        """Wait until it is under way."""
        eventually(self.count)


@contextmanager
def started(folder: Path) -> Iterator[Machines]:
    """Start machines whose settings are those of their environment."""
    own = {"STAYDOWN_DATA": str(folder / "machines"), "STAYDOWN_DECODE_WORKERS": "1"}
    module = "tests.api.cli.backfilling.scenarios.machines_and_commands"
    with told(module, own, folder / "machines.log") as process:
        found = Machines(process)
        assert found.answer() == "ready"
        yield found


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Start two for the tests of this module; they keep apart by registering in folders of their own."""
    with started(tmp_path_factory.mktemp("machines")) as found:
        yield found


@pytest.fixture
def run(machines: Machines, tmp_path: Path) -> Run:
    """Prepare a record for a command."""
    found = Run(machines, tmp_path)
    prepare_data(found.settings)
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one that takes two machines some seconds, with a file that is damaged and one that is no picture."""
    folder = tmp_path_factory.mktemp("shared") / "library"
    folder.mkdir()
    for number in range(PHOTOS):
        picture = jpeg(photo(940 + number, width=2_400, height=1_600))
        (folder / str(number)).mkdir()
        for copy in range(COPIES):
            (folder / str(number) / f"{copy}.jpg").write_bytes(picture)
    (folder / "damaged.jpg").write_bytes(photo_bytes(939)[:900])
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def large_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a picture that takes long to hash."""
    file = tmp_path_factory.mktemp("large") / "picture.jpg"
    file.write_bytes(jpeg(photo(938, width=2_400, height=1_600)))
    return file


@pytest.fixture
def long_library(large_picture: Path, tmp_path: Path) -> Path:
    """Make one that two machines are still at when what a test does meanwhile is done."""
    folder = tmp_path / "long library"
    folder.mkdir()
    for number in range(MORE_THAN_ENDS_MEANWHILE):
        (folder / f"{number}.jpg").hardlink_to(large_picture)
    return folder


def registered(settings: Settings) -> Mapping[str, Mapping[str, bytes]]:
    """Return every upload of a record by the platform's id, with its signals by type."""
    with open_service(settings) as service, service.reader.connect() as connection:
        ids = connection.execute(text("SELECT platform_id FROM uploads")).scalars().all()
        assert len(ids) == len(set(ids))
        with service.reading() as uow:
            uploads = uow.uploads.by_platform_ids(ids)
            return {
                one: {signal.type: signal.value for signal in uow.media.get(upload.media_id).signals}
                for one, upload in uploads.items()
            }


def test_each_file_is_registered_once_as_here_though_what_hashes_is_killed(
    run: Run, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The values are those of a run without a cluster, and what failed is listed with the same reasons."""
    run.begins("killed", library)
    run.has_registered_some()
    assert run.machines.told(decoders=True) == 2  # no process of Ray's decodes
    assert run.machines.told(kill_hashers="a") == 1
    code, said = run.ends("killed")
    found = run.result("killed")
    assert (code, found["registered"], found["known"]) == (1, PHOTOS * COPIES, 0), said
    assert min(found["machines"].values()) > 0
    assert set(found["machines"]) == {"a", "b"}
    assert list(run.settings.cluster_folder.glob("backfill-*.log")) == []
    run.machines.are_left_alone()

    here = settings_in(tmp_path / "here")
    monkeypatch.setenv("STAYDOWN_DATA", str(here.data))
    assert main(["backfill", str(library), "--json"]) == 1
    assert sorted(json.loads(capsys.readouterr().out)["failed"], key=str) == sorted(found["failed"], key=str)
    assert {Path(one["file"]).name for one in found["failed"]} == {"damaged.jpg", "notes.txt"}
    assert registered(run.settings) == registered(here)


def test_a_file_that_ends_whatever_hashes_it_is_listed_alone(run: Run, tmp_path: Path) -> None:
    """Others of its block are hashed, whatever that costs; who runs the command learns which file it is."""
    folder = tmp_path / "library"
    folder.mkdir()
    for number in range(12):
        (folder / f"{number}.jpg").write_bytes(photo_bytes(980 + number))
    deadly = folder / "5-deadly.png"
    deadly.write_bytes(encoded(photo(979, width=5_000, height=4_000), "PNG", compress_level=1))
    run.machines.told(kill_readers=str(deadly))
    run.begins("deadly", folder)
    code, said = run.ends("deadly")
    found = run.result("deadly")
    assert (code, found["registered"]) == (1, 12), said
    assert [one["file"] for one in found["failed"]] == [str(deadly)]
    assert "ended" in found["failed"][0]["error"]


def test_a_run_that_was_stopped_or_killed_goes_on(run: Run, long_library: Path) -> None:
    """Nothing is hashed for nobody meanwhile, and what is registered is known."""
    run.begins("stopped", long_library)
    run.has_registered_some()
    run.machines.told(interrupt="stopped")
    code, said = run.ends("stopped")
    assert code == 130
    assert "Run the same command again to go on" in said
    stopped_at = run.count()

    run.begins("killed", long_library)
    eventually(run.count, lambda count: count > stopped_at)
    run.machines.told(kill="killed")
    run.machines.are_left_alone()
    killed_at = run.count()
    assert stopped_at < killed_at < MORE_THAN_ENDS_MEANWHILE

    leave(FEW, long_library, beside=registered(run.settings))
    run.begins("last", long_library)
    _, said = run.ends("last")
    found = run.result("last")
    assert (found["known"], found["registered"]) == (killed_at, FEW), said
    assert len(registered(run.settings)) == killed_at + FEW


def leave(count: int, library: Path, *, beside: Collection[str]) -> None:
    """Take away all but so many of those that are not registered: they had only to last until a kill."""
    for one in [one for one in library.iterdir() if one.name not in beside][count:]:
        one.unlink()


def test_a_machine_that_does_not_see_the_folder_is_named(run: Run, tmp_path: Path) -> None:
    """Before anything is hashed: a library of which half would fail is no help to anybody."""
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "1.jpg").write_bytes(photo_bytes(991))
    elsewhere = "/proc/self/cwd/library"  # a place that is another for each process
    run.begins("blind", elsewhere)
    code, said = run.ends("blind")
    assert code == 1
    assert f"machine a: it cannot read {elsewhere}/1.jpg: No such file or directory; machine b: " in said
    assert run.count() == 0


def test_a_lost_machine_costs_time_and_a_lost_head_is_said(tmp_path: Path, long_library: Path) -> None:
    """The others do what is left; without a head nobody can, and the record is whole."""
    with started(tmp_path) as machines:
        run = Run(machines, tmp_path)
        prepare_data(run.settings)
        run.begins("lost", long_library)
        run.has_registered_some()
        machines.told(kill_machine="b")
        at = run.count()
        eventually(run.count, lambda count: count > at)
        machines.told(kill_head=True)
        code, said = run.ends("lost")
        assert code == 1
        assert "Once the head is back, run the command again" in said
        (log,) = run.settings.cluster_folder.glob("backfill-*.log")
        assert f"{log}" in said
        assert 0 < run.count() == len(registered(run.settings))
