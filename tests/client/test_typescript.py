"""A client that is generated from our description, in TypeScript: it type-checks, and does a platform's day."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageOps

from api.app import create_app
from api.settings import Settings
from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg, photo, photo_bytes
from tests.helpers.running.servers import served

SOURCES = Path(__file__).parent / "typescript"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not (SOURCES / "node_modules").is_dir(),
    reason="needs Node.js, and `npm ci` in tests/client/typescript",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate types from the description, compile a program against them, and return the folder."""
    folder = tmp_path_factory.mktemp("typescript")
    for file in SOURCES.glob("*.*"):
        if file.is_file():
            shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(SOURCES / "node_modules")
    described = create_app(Settings(_env_file=None, data=folder / "data")).openapi()
    (folder / "openapi.json").write_text(json.dumps(described))
    ran(folder, "generate.mjs", "openapi.json", "staydown.d.ts")
    ran(folder, "node_modules/typescript/bin/tsc", "--project", ".")
    return folder


def ran(folder: Path, *arguments: str) -> str:
    """Run Node.js in a folder and return what it prints; it must succeed."""
    done = subprocess.run([str(NODE), *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service."""
    with running(settings_in(tmp_path_factory.mktemp("service"))) as service:
        yield service


def test_a_generated_client_does_a_platforms_day(built: Path, staydown: Staydown, tmp_path: Path) -> None:
    """Report with a file, look, decide, ask with a copy, register it, read the feed: every answer by its type."""
    (tmp_path / "photo.jpg").write_bytes(photo_bytes(5))
    (tmp_path / "copy.jpg").write_bytes(jpeg(ImageOps.mirror(photo(5))))
    keys = {role.value: staydown.key(role) for role in (Role.ADMIN, Role.INTAKE, Role.MODERATOR, Role.PIPELINE)}
    with served(staydown.http.app) as server:
        said = ran(
            built,
            "walk_through.js",
            server.url,
            json.dumps(keys),
            *(str(tmp_path / f"{n}.jpg") for n in ("photo", "copy")),
        )
    found = json.loads(said)
    takedown = found.pop("takedown")
    assert takedown.startswith("tkd_")
    assert {"takedown.created", "upload.matched"} <= {*found.pop("events")}
    assert min(found.pop("distances")) >= 0
    assert found == {
        "missing": [],
        "preview": "image/jpeg",
        "nudity": True,
        "recommended": "REMOVE",
        "verdict": "block",
        "published": False,
        "strength": "near",
        "coverage": [1],
        "statement": "R07",
        "refused": [422, "urn:staydown:problem:invalid-signal"],
        "heard": "tkd_1",
    }


def test_no_field_is_left_without_a_type(built: Path) -> None:
    """Where the description says nothing, whoever generates from it guesses; what is open by nature is named here."""
    types = (built / "staydown.d.ts").read_text()
    open_by_nature = types.count("[name: string]: unknown")  # headers of an answer, as openapi-typescript writes them
    tables = len(re.findall(r"\btable\?: \{\s*\[key: string\]: unknown;\s*\} \| \{\s*\[key: string\]: unknown;", types))
    assert types.count(": unknown") - open_by_nature == 2 * tables
    assert tables == 1  # a decision table to try, which docs/POLICY.md describes
