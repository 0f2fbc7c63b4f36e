"""
The image, built from what is checked out and run as the guide says: no root, nothing to write but its volume.

A build fetches packages, so it is asked for: `STAYDOWN_TEST_CONTAINER_BASE` names the Debian to build on, and
`STAYDOWN_TEST_CONTAINER_BUILD` more options of a build, where packages come from a mirror for one.
"""

import json
import os
import shlex
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.crash.processes.servers import free_port
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

REPOSITORY = Path(__file__).parents[2]
BASE = os.environ.get("STAYDOWN_TEST_CONTAINER_BASE")
ENGINE = shutil.which("podman") or shutil.which("docker")
IS_PODMAN = Path(str(ENGINE)).name == "podman"
CONFINED = ("--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges", "--init", "--network", "host")
CONFINED += ("--read-only-tmpfs=false",) if IS_PODMAN else ()  # no /tmp that can be written either
REPORT = {
    "reporter": {"relation": "subject", "name": "A. Person", "contact": "a.person@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A. Person"},
    "content": {"url": "https://example.org/post/1"},
    "facts": {"nudity": True},
}

pytestmark = [
    pytest.mark.skipif(ENGINE is None, reason="neither podman nor docker is installed"),
    pytest.mark.skipif(BASE is None, reason="STAYDOWN_TEST_CONTAINER_BASE names no image to build on"),
]


def engine(*arguments: str, timeout_s: int = 300, fails: bool = False) -> str:
    """Run the engine; return what it prints on either side."""
    assert ENGINE is not None
    ran = subprocess.run(
        [ENGINE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert (ran.returncode != 0) == fails, ran.stdout
    return ran.stdout


@dataclass(frozen=True)
class Running:
    """
    A container that serves, and its volume.

    Args:
        image: What it was made from.

        volume: Its `/data`.

        name: Of the container.

        port: On loopback.

        key: Of an admin.
    """

    image: str
    volume: str
    name: str
    port: int
    key: str

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def inside(self, *command: str, fails: bool = False) -> str:
        """Run a command in it."""
        return engine("exec", self.name, *command, fails=fails)

    def ready(self) -> bool:
        """Tell whether it is."""
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False


@pytest.fixture(scope="module")
def image() -> str:
    """Build it."""
    name = "localhost/staydown-under-test"
    options = shlex.split(os.environ.get("STAYDOWN_TEST_CONTAINER_BUILD", ""))
    form = ("--format", "docker") if IS_PODMAN else ()
    engine(
        "build",
        *form,
        *options,
        "--build-arg",
        f"BASE={BASE}",
        "--file",
        str(REPOSITORY / "Containerfile"),
        "--tag",
        name,
        str(REPOSITORY),
        timeout_s=1800,
    )
    return name


@pytest.fixture(scope="module")
def running(image: str) -> Iterator[Running]:
    """Make a volume, have `init` prepare it, and serve over it."""
    name, port = f"staydown-{uuid.uuid4().hex[:8]}", free_port()
    volume = f"{name}:/data"
    engine("volume", "create", name)
    try:
        told = engine("run", "--rm", *CONFINED, "--volume", volume, image, "init", "--json")
        key = json.loads(told[told.index("{\n") :])["admin_key"]["key"]
        serve = ("serve", "--port", str(port))
        required = ("--env", "STAYDOWN_SANDBOX=required", "--env", "STAYDOWN_DECODE_WORKERS=1")
        engine("run", "--detach", "--name", name, *CONFINED, *required, "--volume", volume, image, *serve)
        found = Running(image, volume, name, port, key)
        eventually(found.ready)
        yield found
    finally:
        engine("rm", "--force", "--volumes", name)
        engine("volume", "rm", name)


def test_it_is_nobody_and_can_write_nothing_but_its_volume(running: Running) -> None:
    """What is taken over inside finds no right and no place."""
    assert running.inside("id", "-u").strip() == "10001"
    status = running.inside("cat", "/proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    for place in ("/tmp/x", "/opt/staydown/x", "/usr/x", "/etc/x", "/x", "/nonexistent/x"):
        assert "cannot touch" in running.inside("touch", place, fails=True)
    assert running.inside("stat", "--format", "%U %a", "/data").strip() == "staydown 700"


def test_all_walls_around_decoding_that_are_needed_stand(running: Running) -> None:
    """In a container that may make no namespace, too."""
    walls = httpx2.get(f"{running.url}/readyz").json()["sandbox"]
    assert {"limits", "privileges", "files", "syscalls"} <= set(walls["layers"])


def test_its_own_doctor_and_health_find_nothing_amiss(running: Running) -> None:
    """As an orchestrator asks, and as a person does."""
    assert running.inside("staydown", "health", "--server", running.url) == "ready\n"
    assert running.inside("staydown", "health", "--worker") == "a worker works\n"
    assert json.loads(running.inside("staydown", "doctor", "--json"))["ok"] is True
    assert "does not answer" in running.inside("staydown", "health", "--server", "http://127.0.0.1:1", fails=True)


def test_copy_is_blocked_and_still_is_after_a_restart(running: Running) -> None:
    """The main job over HTTP; and ended by SIGTERM in good order, it goes on over the same volume."""
    with httpx2.Client(base_url=running.url, timeout=60) as http:
        keys = {
            role: http.post("/v1/keys", headers=bearer(running.key), json=wanted(role)).json()["key"]
            for role in ("intake", "moderator", "pipeline")
        }
        photo = {"media": ("a.jpg", photo_bytes(1))}
        report = {"report": json.dumps(REPORT)}
        filed = http.post("/v1/reports", headers=bearer(keys["intake"]), data=report, files=photo)
        assert filed.status_code == 201, filed.text
        case = f"/v1/cases/{filed.json()['case_id']}"
        moderator = bearer(keys["moderator"])
        facts = http.patch(f"{case}/facts", headers=moderator, json={"facts": {"context_assessed": True}})
        assert facts.status_code == 200, facts.text
        assert http.get(f"{case}/media/0", headers=moderator).status_code == 200
        decided = http.post(f"{case}/decision", headers=moderator, json={"outcome": "uphold"})
        assert decided.status_code == 200, decided.text
        assert verdict(http, keys["pipeline"], "before") == "block"
        engine("stop", "--time", "60", running.name)
        state = json.loads(engine("inspect", running.name))[0]["State"]
        assert state["ExitCode"] in (0, 143)
        engine("start", running.name)
        eventually(running.ready)
        assert verdict(http, keys["pipeline"], "after") == "block"
    told = engine("logs", running.name)
    assert "Traceback" not in told
    assert '"level": "error"' not in told.replace('":"', '": "')


def test_worker_over_the_same_volume_is_well_by_itself(running: Running) -> None:
    """A container without a server has a health, and ends in good order."""
    name = f"{running.name}-worker"
    apart = ("--name", name, "--hostname", name, "--volume", running.volume)
    engine("run", "--detach", *CONFINED, *apart, running.image, "worker")
    try:
        asked = [str(ENGINE), "exec", name, "staydown", "health", "--worker"]
        eventually(lambda: subprocess.run(asked, check=False).returncode == 0)
        engine("stop", "--time", "60", name)
        state = json.loads(engine("inspect", name))[0]["State"]
        assert state["ExitCode"] == 0
    finally:
        engine("rm", "--force", name)


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a key."""
    return {"Authorization": f"Bearer {key}"}


def wanted(role: str) -> dict[str, object]:
    """Return what is asked for a key of a role."""
    return {"role": role, "name": role, "trusted": role == "pipeline"}


def verdict(http: httpx2.Client, key: str, upload: str) -> str:
    """Register a copy as an upload; return what is answered."""
    body = {"upload": json.dumps({"upload_id": upload, "uploader_id": "user-1"})}
    answer = http.post(
        "/v1/uploads", headers=bearer(key), data=body, files={"media": ("a.jpg", photo_bytes(1, quality=70))}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["verdict"]
