"""Traces are off unless they are asked for, and then they say what is missing."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
ADDRESS = "http://127.0.0.1:9/v1/traces"


def run(script: str, *arguments: str) -> str:
    """Run a script in a process of its own; return its last line."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_nothing_is_imported_where_traces_are_off() -> None:
    """A service without traces starts as fast as before there were any; FastAPI imports the bare interface."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from api.app import create_app\n"
        "from api.settings import Settings\n"
        "from api.telemetry import span\n"
        "from api.telemetry.start import traced\n"
        "settings = Settings(_env_file=None, data=Path(sys.argv[1]))\n"
        "create_app(settings)\n"
        "with traced(settings), span('search', items=1) as step:\n"
        "    step.note(matches=0)\n"
        "ours = ('opentelemetry.sdk', 'opentelemetry.exporter', 'google.protobuf')\n"
        "print([name for name in sys.modules if name.startswith(ours)])\n"
    )
    assert run(script, "nowhere") == "[]"


def test_a_package_that_is_missing_is_named_with_the_remedy() -> None:
    """The default installation has no OpenTelemetry: who sets the address reads what to install."""
    script = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from api.errors import SettingsError\n"
        "from api.settings import Settings\n"
        "from api.telemetry.start import traced\n"
        "try:\n"
        "    with traced(Settings(_env_file=None, traces_endpoint=sys.argv[1])):\n"
        "        print('on')\n"
        "except SettingsError as error:\n"
        "    print(error)\n"
    )
    said = run(script, ADDRESS)
    assert said.startswith("STAYDOWN_TRACES_ENDPOINT: opentelemetry is not installed; install staydown[telemetry]")


def test_default_installation_does_not_contain_it() -> None:
    """Only the extra has SDK and exporter; what users install is locked without them."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert not [one for one in project["dependencies"] if "opentelemetry" in one]
    assert len(project["optional-dependencies"]["telemetry"]) == 2
    locked = (REPOSITORY / "requirements" / "run.txt").read_text()
    assert not re.findall("^opentelemetry-(?:sdk|exporter|proto)", locked, flags=re.MULTILINE)
