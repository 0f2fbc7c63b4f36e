"""`staydown cases`: lists, groups and decisions about many, here and against a server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from api.cli.remote import RemoteDesk
from api.cli.remote_lists import RemoteLists
from api.schemas.casework.decisions import DecisionsIn
from casework.domain.actor import Role
from casework.domain.cases.case import Queue
from casework.domain.cases.listing import CaseFilter, GroupBy
from matcher.strength import Strength
from tests.api.cli.conftest import Shell
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes

Picture = Callable[..., Path]

COMPLETE = ("--relation", "subject", "--non-consent", "--good-faith", "--signature", "A", "--contact", "a@example.org")
POST = ("--url", "https://example.org/1")


@pytest.fixture
def takedown(shell: Shell, picture: Picture, tmp_path: Path) -> str:
    """Take a picture down of which three copies lie in a library; return the takedown."""
    shell("init")
    case_id = shell("report", picture("a.jpg", 31), *COMPLETE, *POST, "--json").document["case_id"]
    made = shell("decide", case_id, "--uphold", "--override-reason", "it is private", "--json").document
    (tmp_path / "library").mkdir()
    for n, quality in enumerate((30, 40, 50)):
        picture(f"library/{n}.jpg", 31, quality=quality)
    assert shell("backfill", tmp_path / "library").code == 0
    return made["takedown_id"]


def test_copies_are_listed_grouped_and_decided(shell: Shell, takedown: str) -> None:
    """Three commands for what were three hundred."""
    rows = shell("cases", "list", "--takedown", takedown, "--json").document["items"]
    assert [one["strength"] for one in rows] == ["near"] * 3
    printed = shell("cases", "list", "--queue", "matches", "--limit", 2).out.splitlines()
    assert [one.split()[0] for one in printed[:2]] == [one["id"] for one in rows[:2]]
    assert "NEEDS_CONTEXT (R13)  near  same picture, re-encoded" in printed[0]
    assert printed[2].startswith("more: --after ")
    (group,) = shell("cases", "groups", "--json").document["items"]
    assert group["cases"] == 3
    by_evidence = shell("cases", "groups", "--by", "evidence", "--json").document["items"]
    assert sum(one["cases"] for one in by_evidence) == 3
    assert "near, as is" in shell("cases", "groups", "--by", "evidence").out
    assert shell("cases", "groups").out.startswith("3 cases, the first due ")
    ran = shell("cases", "decide", "--group", group["group"], "--uphold", "--fact", "context_assessed=true")
    assert (ran.code, ran.out) == (0, "decided 3 of 3\n")
    assert shell("cases", "list", "--json").document["items"] == []
    mine = shell("cases", "list", "--mine", "--state", "decided", "--takedown", takedown, "--json").document["items"]
    assert len(mine) == 3


def test_what_is_not_decided_is_named(shell: Shell, takedown: str) -> None:
    """A script sees by the exit code that something is left."""
    (first, *_) = shell("cases", "list", "--takedown", takedown, "--json").document["items"]
    ran = shell("cases", "decide", first["id"], "case_none", "--uphold", "--fact", "context_assessed=true")
    assert ran.code == 1
    assert ran.out.splitlines() == ["case_none  not decided: there is no case 'case_none'", "decided 1 of 2"]
    assert [one["id"] for one in shell("cases", "list", "--text", first["id"], "--json").document["items"]] == [
        first["id"]
    ]


def test_next_case_is_taken_and_shown_with_its_evidence_as_a_file(
    shell: Shell, picture: Picture, tmp_path: Path
) -> None:
    """For those without a browser; the picture is drawn, and only its owner can read it."""
    shell("init")
    case_id = shell("report", picture("b.jpg", 35), *COMPLETE, *POST, "--json").document["case_id"]
    ran = shell("cases", "next", "--queue", "reports", "--out", "evidence.png")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"{case_id}  reports  open  due ")
    assert lines[1:3] == ["reported: shared media", "recommended: NEEDS_CONTEXT (R13)"]
    assert "at the command line" in next(one for one in lines if one.startswith("held by"))
    assert lines[-1] == "Written: evidence.png"
    drawn = tmp_path / "evidence.png"
    with Image.open(drawn) as opened:
        assert opened.size == (480, 320)
    assert drawn.stat().st_mode & 0o777 == 0o600
    history = [one["action"] for one in shell("cases", "show", case_id, "--json").document["history"]]
    assert history.count("case:drawing:viewed") == 1
    assert "case:media:viewed" not in history


def test_nothing_to_take_or_to_draw_is_said(shell: Shell, picture: Picture, tmp_path: Path) -> None:
    """A script sees by the exit code that nothing waits."""
    shell("init")
    ran = shell("cases", "next")
    assert (ran.code, ran.out) == (1, "nothing waits that nobody holds\n")
    shell("report", picture("c.jpg", 36), "--signals-only", *COMPLETE, *POST)
    (case,) = shell("cases", "list", "--json").document["items"]
    assert "Nothing is kept that could be drawn." in shell("cases", "show", case["id"], "--out", "none.png").out
    assert not (tmp_path / "none.png").exists()
    assert shell("cases", "show", "case_none").code == 1


def test_wrong_usage_says_what_is_right(shell: Shell) -> None:
    """Before anything is opened."""
    both = shell("cases", "decide", "case_1", "--group", "tkd_1", "--uphold")
    assert (both.code, "give either `case_ids` or `group`" in both.err) == (2, True)
    neither = shell("cases", "decide", "case_1")
    assert (neither.code, "--uphold, --reject" in neither.err) == (2, True)
    assert shell("cases", "decide", "case_1", "--uphold", "--fact", "nudity").code == 2


def test_a_server_lists_and_decides_the_same(staydown: Staydown) -> None:
    """A moderator's machine holds no data folder."""
    takedown = staydown.take_down(photo_bytes(33))["takedown_id"]
    held = [staydown.upload(f"remote {n}", photo_bytes(33, quality=30 + n))["case_id"] for n in range(2)]
    client = staydown.client(Role.MODERATOR)
    lists, desk = RemoteLists(client), RemoteDesk(client)
    asked = CaseFilter(takedown_id=takedown, strength=Strength.NEAR)
    page = lists.cases(asked, mine=False, limit=1, after=None)
    following = lists.cases(asked, mine=False, limit=1, after=page.next)
    assert [one.id for one in (*page.items, *following.items)] == held
    groups = [one for one in lists.groups(GroupBy.TAKEDOWN, limit=200, after=None).items if one.takedown_id == takedown]
    assert [one.cases for one in groups] == [2]
    told: list[float] = []
    made = desk.decide_many(DecisionsIn(group=groups[0].group, outcome="reject"), told.append)
    assert ([one.case_id for one in made.results], made.left, told) == (held, 0, [1.0])
    assert lists.cases(asked, mine=True, limit=9, after=None).items == []


def test_a_server_hands_out_each_case_once_and_draws_it(staydown: Staydown) -> None:
    """Two shells that ask at the same time are given different cases."""
    staydown.take_down(photo_bytes(34))
    cases = [staydown.upload(f"next-{n}", photo_bytes(34, quality=40 + n))["case_id"] for n in range(2)]
    given = []
    for name in ("first", "second"):
        desk = RemoteDesk(staydown.client(Role.MODERATOR, name))
        given.append(desk.next_case(Queue.MATCHES).id)
        assert desk.drawing(given[-1])[:4] == b"\x89PNG"
    assert given == cases
    assert desk.next_case(Queue.MATCHES).id == cases[1]
    assert desk.next_case(Queue.APPEALS) is None
