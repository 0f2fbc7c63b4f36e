"""`staydown report`, `decide` and `match`: the main job from a shell, here and against a server."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.remote import RemoteDesk
from api.schemas.casework.decisions import DecisionIn
from api.schemas.reports import ReportIn
from api.shell.errors import FileRefusedError, ServerRefusedError
from casework.domain.actor import Role
from casework.domain.cases.decision import DecisionOutcome
from matcher.sandbox.hasher import InProcess
from tests.api.cli.conftest import Shell
from tests.api.conftest import Staydown

Picture = Callable[..., Path]

COMPLETE = ("--relation", "subject", "--non-consent", "--good-faith", "--signature", "A", "--contact", "a@example.org")


def test_reported_and_upheld_photo_is_blocked(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """The main job, without a server: three commands over one data folder."""
    shell("init")
    filed = shell("report", picture("a.jpg", 11), *COMPLETE, "--nudity", "--url", "https://example.org/1", "--json")
    assert filed.document["missing"] == []
    seen = shell("look", filed.document["case_id"], "--out", tmp_path / "seen", "--json").document
    assert [Path(one).stat().st_mode & 0o777 for one in seen["files"]] == [0o600]
    decided = shell("decide", filed.document["case_id"], "--uphold", "--json")
    assert decided.document["rule"] == "R07"
    assert decided.document["decided_by"]["id"].startswith("cli:")
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    ran = shell("match", picture("copy.png", 11, kind="PNG"), picture("other.jpg", 12), text, "--json")
    assert ran.code == 1
    copy, other, bad = ran.document
    assert (copy["verdict"], copy["matches"][0]["takedown_id"]) == ("block", decided.document["takedown_id"])
    assert (other["verdict"], other["matches"]) == ("allow", [])
    assert set(bad) == {"file", "error"}


def test_report_by_signals_alone_holds_every_picture(shell: Shell, picture: Picture) -> None:
    """The media never leaves the device, and the second picture counts as much as the first."""
    shell("init")
    files = picture("a.jpg", 13), picture("b.jpg", 14)
    filed = shell("report", *files, *COMPLETE, "--nudity", "--signals-only", "--json")
    shell("decide", filed.document["case_id"], "--uphold")
    verdicts = [one["verdict"] for one in shell("match", *files, "--json").document]
    assert verdicts == ["hold", "hold"]


def test_words_are_reported_without_a_file(shell: Shell) -> None:
    """A threat needs no picture; shared media without any is refused with the ways out."""
    shell("init")
    post = ("--url", "https://example.org/7", "--text", "Pay me $500 or your photos go online")
    filed = shell("report", *COMPLETE, *post, "--conduct", "demand_money", "--json")
    assert {one["kind"] for one in filed.document["hints"]} == {"money", "threat"}
    assert shell("decide", filed.document["case_id"], "--uphold", "--json").document["rule"] == "R01"
    said = shell("report", *COMPLETE, *post, "--conduct", "demand_money")
    assert "words look like   money, threat" in said.out
    ran = shell("report", *COMPLETE, *post)
    assert (ran.code, ran.out) == (1, "")
    assert "name a registered upload" in ran.err


def test_question_is_asked_from_a_shell(shell: Shell) -> None:
    """Whoever decides in a shell can ask, too; a question and an outcome together are no decision."""
    shell("init")
    filed = shell("report", *COMPLETE, "--conduct", "private_info", "--text", "call her", "--json")
    asked = shell("decide", filed.document["case_id"], "--ask", "Where was it posted?", "--json")
    assert (asked.document["outcome"], asked.document["takedown_id"]) == ("request_information", None)
    both = shell("decide", filed.document["case_id"], "--ask", "Where?", "--uphold")
    assert (both.code, "--ask QUESTION" in both.err) == (2, True)


def test_report_with_a_bad_file_reports_nothing(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """A report that silently lacks one of its pictures would be decided without it."""
    shell("init")
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    for options in ((), ("--signals-only",)):
        ran = shell("report", picture("a.jpg", 15), bad, *COMPLETE, *options)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: ")


def test_deciding_otherwise_than_recommended_needs_a_reason(shell: Shell, picture: Picture) -> None:
    """The shell is no way around the policy."""
    shell("init")
    filed = shell("report", picture("a.jpg", 16), *COMPLETE, "--nudity", "--fact", "publicly_available=false", "--json")
    refused = shell("decide", filed.document["case_id"], "--reject")
    assert refused.code == 1
    assert "override_reason" in refused.err
    reason = ("--override-reason", "the picture shows a painting")
    assert shell("decide", filed.document["case_id"], "--reject", *reason).code == 0


def test_unknown_fact_is_refused_by_name(shell: Shell, picture: Picture) -> None:
    """A misspelt fact must not be dropped."""
    shell("init")
    ran = shell("report", picture("a.jpg", 17), *COMPLETE, "--fact", "nuditty=true")
    assert ran.code == 1
    assert "nuditty" in ran.err


def test_server_does_the_same_work(staydown: Staydown, picture: Picture) -> None:
    """A command neither knows nor cares where its work is done."""
    desk, reviewer = RemoteDesk(staydown.client(Role.ADMIN)), RemoteDesk(staydown.client(Role.MODERATOR))
    file, other = picture("a.jpg", 21), picture("b.jpg", 22)
    report = ReportIn.model_validate({"reporter": {"relation": "subject"}, "facts": {"nudity": True}})
    filed = desk.report_files(report, [file])
    assert "signature" in filed.missing
    hashed = [InProcess().hash_image(one.read_bytes()) for one in (file, other)]
    by_signals = desk.report_signals(report, [signal for one in hashed for signal in one.signals])
    for case_id in (filed.case_id, by_signals.case_id):
        reason = "complete enough for a test"
        reviewer.decide(case_id, DecisionIn(outcome=DecisionOutcome.UPHOLD, override_reason=reason))
    assert desk.match(file).matches
    assert desk.match(other).matches


def test_refusals_of_a_server_say_why(staydown: Staydown, tmp_path: Path) -> None:
    """A problem document becomes one line; that of one file does not end the others."""
    desk = RemoteDesk(staydown.client(Role.ADMIN))
    text = tmp_path / "text.jpg"
    text.write_text("no picture")
    with pytest.raises(FileRefusedError, match="Not a supported kind of media"):
        desk.match(text)
    with pytest.raises(ServerRefusedError, match="case_none"):
        desk.decide("case_none", DecisionIn(outcome=DecisionOutcome.UPHOLD))
