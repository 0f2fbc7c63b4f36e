"""A file that kills, hangs or bloats its decoder costs that file, and nothing else."""

import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from matcher.errors import (
    DecoderCrashedError,
    DecodeTimeoutError,
    EmptyFileError,
    GivenUpError,
    SandboxClosedError,
    TooManyPixelsError,
    UndecodableError,
)
from matcher.reading.decode import Limits
from matcher.sandbox import forking
from matcher.sandbox.hasher import InProcess, MediaHasher
from matcher.sandbox.pool import VIDEOS, Sandbox
from matcher.sandbox.seat import Bounds
from tests.helpers.media.animations import animation_of_dots
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.media.videos import scene, write_video
from tests.helpers.running.waiting import eventually

DATA = encoded(photo(1))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Two workers with little patience, shared: none of these tests may leave a mark on the next."""
    with Sandbox(workers=2, bounds=Bounds(timeout_s=10, memory_bytes=512 * 2**20)) as shared:
        yield shared


def test_result_is_that_of_this_process(sandbox: Sandbox, tmp_path: Path):
    """Crossing the border changes nothing, for bytes and for files on disk."""
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    here = InProcess().hash_image(DATA, preview_side_px=256)
    for source in (DATA, path):
        there = sandbox.hash_image(source, preview_side_px=256)
        assert (there.info, there.signals, there.preview) == (here.info, here.signals, here.preview)
        assert there.query.variants.keys() == here.query.variants.keys()
        for name, variants in there.query.variants.items():
            assert variants.names == here.query.variants[name].names
            assert variants.codes.tobytes() == here.query.variants[name].codes.tobytes()


@pytest.mark.parametrize("where", ["sandbox", "here"])
@pytest.mark.parametrize(
    ("data", "limits", "error"),
    [
        (b"", Limits(), EmptyFileError),
        (DATA[:5000], Limits(), UndecodableError),
        (DATA, Limits(max_pixels=1000), TooManyPixelsError),
    ],
)
def test_errors_are_the_same_on_both_sides(where: str, data: bytes, limits: Limits, error: type[Exception]):
    """Callers map errors to answers; where the file was decoded must not matter to them."""
    hasher: MediaHasher = InProcess(limits=limits) if where == "here" else Sandbox(workers=1, limits=limits)
    try:
        with pytest.raises(error):
            hasher.hash_image(data)
    finally:
        hasher.close()


def test_crash_is_an_error_for_that_file_alone(sandbox: Sandbox):
    """A decoder bug found by a crafted file must not take the service down."""
    for _ in range(2):
        with pytest.raises(DecoderCrashedError, match="damaged, or needs more than"):
            sandbox.run(os.abort)
        assert sandbox.hash_image(DATA).info.width_px == 480


def test_task_that_hangs_is_stopped_and_the_worker_replaced():
    """A slow file holds one worker for the limit, not for ever."""
    with Sandbox(workers=1, bounds=Bounds(timeout_s=0.2)) as sandbox:
        before = sandbox.run(os.getpid)
        with pytest.raises(DecodeTimeoutError, match=r"longer than 0\.2 s"):
            sandbox.run(signal.pause)
        assert sandbox.run(os.getpid) != before


def test_cpu_time_is_limited():
    """A file that computes for ever is stopped by the kernel, even where nobody waits for it any more."""
    with Sandbox(workers=1, bounds=Bounds(timeout_s=60, cpu_s=1)) as sandbox:
        with pytest.raises(DecoderCrashedError, match="1 s of CPU"):
            sandbox.run(sum, range(10**12))
        assert sandbox.run(abs, -1) == 1


def test_memory_is_limited(sandbox: Sandbox):
    """A file that asks for all memory must not make the machine kill something else."""
    with pytest.raises(DecoderCrashedError, match="512 MiB"):
        sandbox.run(bytearray, 600 * 2**20)
    assert sandbox.run(len, b"abc") == 3


def test_largest_picture_fits_the_default_memory():
    """Limits that contradict each other would refuse what the settings allow."""
    huge = encoded(Image.new("RGBA", (10_000, 10_000), (200, 30, 60, 128)), "PNG", compress_level=1)
    with Sandbox(workers=1) as sandbox:
        assert sandbox.hash_image(huge).info.width_px == 10_000


def test_worker_that_dies_while_idle_is_no_files_fault(sandbox: Sandbox):
    """The kernel may kill any process that idles; the next file must not pay for it."""
    for _ in range(2):
        os.kill(sandbox.run(os.getpid), signal.SIGKILL)
        assert sandbox.hash_image(DATA).info.height_px == 320


def test_unexpected_failure_names_its_cause(sandbox: Sandbox):
    """A mistake of ours must be found, not hidden behind `damaged file`."""
    with pytest.raises(DecoderCrashedError, match="int failed: ValueError: invalid literal"):
        sandbox.run(int, "x")


def test_many_threads_share_few_workers(sandbox: Sandbox):
    """A server hashes from all its threads; answers must go to those who asked."""
    pictures = {seed: encoded(photo(seed, width=64 + seed, height=64)) for seed in range(24)}
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(sandbox.hash_image, pictures.values()))
    assert [hashed.info.width_px for hashed in found] == [64 + seed for seed in pictures]


def test_crashes_and_good_files_at_once(sandbox: Sandbox):
    """Under attack, good uploads still pass."""

    def either(number: int) -> bool:
        if number % 3:
            return sandbox.hash_image(DATA).info.width_px == 480
        with pytest.raises(DecoderCrashedError):
            sandbox.run(os.abort)
        return True

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(either, range(9)))


def test_closing_ends_running_tasks_and_refuses_new_ones():
    """Shutting down must not wait for a file that hangs."""
    sandbox = Sandbox(workers=1)
    pid = sandbox.run(os.getpid)
    failed = []
    running = threading.Event()

    def hang() -> None:
        running.set()
        with pytest.raises(SandboxClosedError) as error:
            sandbox.run(signal.pause)
        failed.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    running.wait()
    sandbox.close()
    thread.join()
    assert failed
    sandbox.close()
    with pytest.raises(SandboxClosedError, match="make a new one"):
        sandbox.run(os.getpid)
    eventually(Path(f"/proc/{pid}").exists, lambda there: not there)


def test_task_nobody_waits_for_is_ended_with_its_process():
    """A client that hung up must not keep a core busy; a new process takes its place."""
    long = animation_of_dots(400, side_px=2000)  # 1.6 gigapixels
    with Sandbox(workers=1) as sandbox:
        before = sandbox.run(os.getpid)
        with pytest.raises(GivenUpError):
            sandbox.hash_image(long, given_up=lambda: True)
        assert sandbox.run(os.getpid) != before


def test_short_task_is_let_finish_though_it_is_given_up(sandbox: Sandbox):
    """To end a process costs a second of CPU: whoever uploads and hangs up, again and again, shall not get that."""
    assert sandbox.hash_image(DATA, given_up=lambda: True).info.width_px == 480


def test_spare_worker_is_started_by_the_task_that_finds_the_others_busy(tmp_path: Path):
    """It costs nothing until somebody else needs a place, and then waits for nobody."""
    film = write_video(tmp_path / "a.mp4", scene(1, frames=20))
    begun, go_on = threading.Event(), threading.Event()

    def told(_: float) -> None:
        begun.set()
        go_on.wait(60)

    with Sandbox(workers=1, spare=1, module=VIDEOS) as sandbox, ThreadPoolExecutor(1) as threads:
        first = sandbox.run(os.getpid)
        assert sandbox.run(os.getpid) == first
        reading = threads.submit(sandbox.hash_video, film, progress=told)
        assert begun.wait(60)
        assert sandbox.run(os.getpid) != first
        go_on.set()
        assert reading.result().info.width_px == 320


def test_workers_hold_no_secrets(monkeypatch: pytest.MonkeyPatch):
    """Whoever takes over a decoder finds no key in its environment."""
    monkeypatch.setenv("STAYDOWN_SECRET", "s3cret")
    with Sandbox(workers=1) as later:
        assert later.run(os.getenv, "STAYDOWN_SECRET") is None
        assert sum(is_open(later, number) for number in range(256)) == len(("stdin", "stdout", "stderr", "socket"))


def is_open(sandbox: Sandbox, descriptor: int) -> bool:
    """Tell whether a worker has a descriptor of this number; it may list none."""
    try:
        sandbox.run(os.get_inheritable, descriptor)
    except DecoderCrashedError:
        return False
    return True


def test_workers_ignore_ctrl_c(sandbox: Sandbox):
    """The server decides when its workers end; a half-answered request is not it."""
    pid = sandbox.run(os.getpid)
    os.kill(pid, signal.SIGINT)
    assert sandbox.hash_image(DATA).info.width_px == 480
    assert Path(f"/proc/{pid}").exists()


def test_no_worker_outlives_a_killed_server():
    """A killed process runs no clean-up; orphans would hold memory until the machine has none."""
    script = (
        "import os, sys\n"
        "from matcher.sandbox.pool import Sandbox\n"
        "sandbox = Sandbox(workers=1)\n"
        "print(sandbox.run(os.getpid), flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        worker = os.pidfd_open(int(server.stdout.readline()))
        server.kill()
        ended, _, _ = select.select([worker], [], [], 20)
        os.close(worker)
    assert ended


def test_worker_is_replaced_however_many_descriptors_are_open():
    """Who holds a thousand connections and sends a file that crashes must not end decoding for everybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    held = [os.dup(0) for _ in range(1100)]
    try:
        with Sandbox(workers=1) as crowded:
            before = crowded.run(os.getpid)
            with pytest.raises(DecoderCrashedError):
                crowded.run(os.abort)
            assert crowded.run(os.getpid) != before
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_fork_server_that_is_killed_is_replaced():
    """The kernel may kill it for want of memory; the next worker comes from another one."""
    with Sandbox(workers=1) as sandbox:
        fork_server = int(Path(f"/proc/{sandbox.run(os.getpid)}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(fork_server, signal.SIGKILL)
        with pytest.raises(DecoderCrashedError):
            sandbox.run(os.abort)
        assert sandbox.hash_image(DATA).info.width_px == 480


def test_fork_server_is_replaced_after_many_workers(monkeypatch):
    """Workers of one fork server share a layout of memory, which crash by crash might be found out."""
    monkeypatch.setattr(forking, "WORKERS_EACH", 4)
    parents = set()
    with Sandbox(workers=1) as sandbox:
        for _ in range(4 + 2):
            parents.add(Path(f"/proc/{sandbox.run(os.getpid)}/stat").read_text().rsplit(")", 1)[1].split()[1])
            with pytest.raises(DecoderCrashedError):
                sandbox.run(os.abort)
    assert len(parents) >= 2
