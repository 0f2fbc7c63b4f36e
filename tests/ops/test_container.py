"""The files for containers agree with the code: settings, commands, ports, packages; and nobody is root."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from api.cli import COMMANDS
from api.cli.commands.operating.health import ADDRESS
from api.settings import Settings, read_settings, unknown_settings

REPOSITORY = Path(__file__).parents[2]
CONTAINERFILE = (REPOSITORY / "Containerfile").read_text()
COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("server", "worker")
PYTHON_OF = {"bookworm": (3, 11), "trixie": (3, 13)}
"""Of Debian's releases."""

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
our_services = pytest.mark.parametrize("service", [SERVICES[name] for name in OURS], ids=OURS)


def stages() -> list[list[tuple[str, str]]]:
    """Return the instructions of each stage: keyword and rest."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", CONTAINERFILE, flags=re.MULTILINE))
    found: list[list[tuple[str, str]]] = []
    for line in filter(None, text.splitlines()):
        keyword, _, rest = line.partition(" ")
        if keyword == "FROM":
            found.append([])
        if found:
            found[-1].append((keyword, rest))
    return found


def last(keyword: str) -> str:
    """Return what the image's own stage says under a keyword that stands there once."""
    [rest] = [rest for one, rest in stages()[-1] if one == keyword]
    return rest


def environment() -> dict[str, str]:
    """Return the variables of the image."""
    return dict(pair.split("=", 1) for pair in last("ENV").split())


def assert_is_a_command(words: list[str]) -> None:
    """Hold that there is such a command with such options."""
    name, *given = words
    options = {name for one in COMMANDS[name].load(name).params for name in one.opts}
    assert {word for word in given if word.startswith("--")} <= options


def test_user_is_a_number_and_not_root() -> None:
    """What runs an image can hold that it is not root only if it is a number; the data folder is that user's alone."""
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    made = next(rest for one, rest in stages()[-1] if one == "RUN")
    assert f"useradd --uid {user} --gid {group}" in made
    assert f"--owner={user} --group={group} --mode=0700 {last('VOLUME')}" in made
    assert [SERVICES[name]["user"] for name in OURS] == [last("USER")] * len(OURS)


def test_commands_and_ports_are_those_of_the_code() -> None:
    """The image listens where its own health asks."""
    entry = yaml.safe_load(last("ENTRYPOINT"))
    assert entry == ["staydown"]
    assert_is_a_command(yaml.safe_load(last("CMD")))
    asked = yaml.safe_load(last("HEALTHCHECK").partition("CMD ")[2])
    assert asked[:2] == [*entry, "health"]
    assert_is_a_command(asked[1:])
    assert int(last("EXPOSE")) == urlsplit(ADDRESS).port


def test_python_of_the_base_is_one_that_staydown_runs_on() -> None:
    """The base is an image that everybody can have, and its Python is within the bounds of the package."""
    [release] = re.findall(r"^ARG BASE=debian:(\w+)-slim$", CONTAINERFILE, flags=re.MULTILINE)
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    least, below = (tuple(map(int, bound.split("."))) for bound in re.findall(r"[\d.]+", project["requires-python"]))
    assert least <= PYTHON_OF[release] < below
    assert [rest.split()[0] for stage in stages() for one, rest in stage if one == "FROM"] == ["${BASE}"] * 2


def test_all_that_the_wheel_is_made_of_is_copied_and_not_ignored() -> None:
    """A package that is forgotten is missed at the first import, in somebody else's cluster."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    wanted = {Path(one).parts[0] for one in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]}
    wanted |= {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"], "requirements"}
    copied = {
        Path(one).parts[0]
        for keyword, rest in stages()[0]
        if keyword == "COPY"
        for one in rest.split()[:-1]
        if (REPOSITORY / one).exists()
    }
    let_through = set(re.findall(r"^!(\S+)$", (REPOSITORY / ".containerignore").read_text(), flags=re.MULTILINE))
    assert copied == let_through == wanted


def test_variables_are_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each is one, and together they are taken; the password comes from a file."""
    [secret] = COMPOSE["secrets"]
    (tmp_path / secret).write_text("chosen")
    for name in OURS:
        given = {**environment(), **SERVICES[name]["environment"]}
        assert unknown_settings([*given, secret]) == {}
        for variable, value in given.items():
            if variable.startswith("STAYDOWN_"):
                monkeypatch.setenv(variable, value)
        settings = read_settings(secrets=tmp_path, _env_file=None)
        assert settings.url == "postgresql+psycopg://staydown:chosen@database/staydown"
        assert str(settings.data) == last("VOLUME")
        assert settings.sandbox == "required"
    assert secret.removeprefix("staydown_") in Settings.model_fields


@every_service
def test_service_has_no_right_that_it_has_no_use_for(service: dict) -> None:
    """What breaks out of a decoder, of us or of the database finds nothing that it can write or become."""
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] not in ("", "root", "0")
    assert service["tmpfs"][0].startswith("/tmp")
    assert service["healthcheck"]["test"][0] == "CMD"
    assert set(service) & {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} == set()


@our_services
def test_services_run_commands_that_are_there(service: dict) -> None:
    """With options that are there, and ask after their own health."""
    assert_is_a_command(service["command"])
    program, *asked = service["healthcheck"]["test"][1:]
    assert program == "staydown"
    assert_is_a_command(asked)
    assert asked[0] == "health"
    assert ("--worker" in asked) == (service["command"] == ["worker"])
    assert service["volumes"] == [f"data:{last('VOLUME')}"]


def test_server_is_reached_from_this_machine_and_the_database_from_inside() -> None:
    """Plain HTTP goes no further than to the proxy; the database publishes nothing."""
    assert SERVICES["server"]["ports"] == [f"127.0.0.1:{last('EXPOSE')}:{last('EXPOSE')}"]
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["server"]
    assert SERVICES["database"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_worker_waits_until_the_server_has_prepared_what_both_need() -> None:
    """Two that migrate an empty database at once would be one too many; and the work is left to the worker."""
    assert SERVICES["worker"]["depends_on"] == {"server": {"condition": "service_healthy"}}
    assert SERVICES["server"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert [SERVICES[name]["environment"]["STAYDOWN_WORKER"] for name in OURS] == ["false", "false"]


def test_database_takes_as_many_connections_as_are_opened() -> None:
    """As the guide counts them, with three workers beside the server; one connection too few is a request refused."""
    [most] = re.findall(r"max_connections=(\d+)", " ".join(SERVICES["database"]["command"]))
    [each] = re.findall(r"opens at most (\d+) connections", (REPOSITORY / "docs" / "DEPLOYING.md").read_text())
    command = SERVICES["server"]["command"]
    servers = int(command[command.index("--workers") + 1])
    assert int(most) > int(each) * (servers + 3)


def test_password_of_both_sides_is_one_file() -> None:
    """And it is nowhere else: not in the file that is committed, not in the environment."""
    [(name, secret)] = COMPOSE["secrets"].items()
    assert [service["secrets"] for service in SERVICES.values()] == [[name]] * len(SERVICES)
    assert SERVICES["database"]["environment"]["POSTGRES_PASSWORD_FILE"] == f"/run/secrets/{name}"
    assert f"/{Path(secret['file']).parts[0]}/" in (REPOSITORY / ".gitignore").read_text().splitlines()
