"""One format for all lines, and nothing said a thousand times."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from api.logs import REQUEST_ID, Recurring, configure_logs


@pytest.fixture
def as_json() -> Iterator[None]:
    """Write JSON for one test."""
    configure_logs("json")
    yield
    configure_logs("console")


@pytest.mark.usefixtures("as_json")
def test_lines_of_libraries_look_like_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """A collector parses one format: a traceback or a warning of uvicorn between two JSON lines would be lost."""
    REQUEST_ID.set("one")
    structlog.get_logger().info("index sealed", version=812)
    logging.getLogger("uvicorn.error").warning("Maximum request limit of %d exceeded.", 10)
    try:
        raise ValueError
    except ValueError:
        logging.getLogger("asyncio").exception("Task failed")
    ours, theirs, failed = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert {"time", "level", "event", "process", "request_id"} <= ours.keys() & theirs.keys() & failed.keys()
    assert (ours["event"], ours["level"], ours["version"], ours["request_id"]) == ("index sealed", "info", 812, "one")
    assert (theirs["event"], theirs["logger"]) == ("Maximum request limit of 10 exceeded.", "uvicorn.error")
    assert "ValueError" in failed["exception"]


@pytest.mark.usefixtures("as_json")
def test_configured_twice_each_line_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A command configures logs, and the application it starts does, too."""
    configure_logs("json")
    logging.getLogger("asyncio").error("Task failed")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_goes_on_is_said_at_once_then_each_minute_and_when_it_is_over() -> None:
    """A database that was away for a night wrote two lines a second, and nothing else could be found."""
    now = [100.0]
    said: list[dict[str, object]] = []
    away = Recurring("away", lambda event, **fields: said.append({"event": event, **fields}), clock=lambda: now[0])
    away.over()
    for _ in range(121):  # one minute, twice a second
        away.met(error="gone")
        now[0] += 0.5
    assert said == [
        {"event": "away", "error": "gone"},
        {"event": "away", "error": "gone", "since_s": 60, "unsaid": 119},
    ]
    with structlog.testing.capture_logs() as over:
        away.over()
        away.over()
    assert over == [{"event": "over: away", "after_s": 60, "log_level": "info"}]
    away.met(error="again")
    assert said[2:] == [{"event": "away", "error": "again"}]
