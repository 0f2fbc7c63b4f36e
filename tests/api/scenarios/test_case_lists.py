"""What a moderator's list asks for, and what a row of it shows."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def takedown(staydown: Staydown) -> dict:
    """Take a picture down whose copies need context: each is held, and opens a case."""
    return staydown.take_down(photo_bytes(800))


@pytest.fixture(scope="module")
def copies(staydown: Staydown, takedown: dict) -> list[dict]:
    """Register the same file and two re-encoded copies, by two people."""
    sent = [photo_bytes(800), photo_bytes(800, quality=40), photo_bytes(800, quality=50)]
    return [
        staydown.upload(f"list {n}", data, uploader_id=f"poster {n % 2}", url=f"https://example.org/list/{n}")
        for n, data in enumerate(sent)
    ]


def listed(staydown: Staydown, query: str, name: str = "one") -> list[dict]:
    """Read a list as a moderator."""
    response = staydown.http.get(f"/v1/cases?{query}", headers=staydown.headers(Role.MODERATOR, name))
    assert response.status_code == 200, response.text
    return response.json()["items"]


def ids(rows: list[dict]) -> list[str]:
    return [one["id"] for one in rows]


def test_a_row_says_what_its_case_is(staydown: Staydown, takedown: dict, copies: list[dict]) -> None:
    """A moderator picks the next case from the list, without opening each."""
    row = next(one for one in listed(staydown, "queue=matches") if one["id"] == copies[1]["case_id"])
    assert (row["takedown_id"], row["upload"], row["upload_id"]) == (
        takedown["takedown_id"],
        copies[1]["upload"],
        "list 1",
    )
    assert (row["uploader_id"], row["strength"], row["rule"]) == ("poster 1", "near", "R13")
    assert row["evidence"] == {
        "strength": "near",
        "signals": ["local/1", "pdq/1", "phash/1"],
        "transformation": "as is",
    }
    assert row["explanation"] == "same picture, re-encoded"
    assert (row["claimed_by"], row["relation"], row["conduct"]) == (None, None, "shared_media")


def test_a_reports_row_names_the_post_and_nobody(staydown: Staydown) -> None:
    """Names and contacts are read in the case, where that is on record."""
    content = {"url": "https://example.org/reported", "uploader_id": "poster 9", "upload_id": "post 9"}
    case_id = staydown.report(photo_bytes(801), content=content)["case_id"]
    (row,) = listed(staydown, "uploader_id=poster 9")
    assert (row["id"], row["upload_id"], row["relation"]) == (case_id, "post 9", "subject")
    assert "a@example.org" not in str(row)


def test_copies_are_listed_by_takedown_uploader_and_strength(
    staydown: Staydown, takedown: dict, copies: list[dict]
) -> None:
    """Each of them is a question a moderator asks."""
    of_takedown = f"takedown_id={takedown['takedown_id']}"
    by_deadline = [one["case_id"] for one in copies]
    assert ids(listed(staydown, of_takedown)) == by_deadline
    assert ids(listed(staydown, f"{of_takedown}&order=newest")) == by_deadline[::-1]
    assert ids(listed(staydown, f"{of_takedown}&uploader_id=poster 1")) == [by_deadline[1]]
    assert ids(listed(staydown, f"{of_takedown}&strength=exact")) == [by_deadline[0]]
    first = staydown.get(f"/v1/cases?{of_takedown}&limit=2")
    assert ids(first["items"]) == by_deadline[:2]
    assert ids(staydown.get(f"/v1/cases?{of_takedown}&limit=2&after={first['next']}")["items"]) == by_deadline[2:]


def test_text_finds_what_somebody_has_of_a_case(staydown: Staydown, copies: list[dict]) -> None:
    """Whatever state it is in: who calls with a receipt does not know that."""
    wanted = [copies[2]["case_id"]]
    for text in (copies[2]["case_id"], copies[2]["upload"], "list 2", "https://example.org/list/2/"):
        assert ids(listed(staydown, f"text={text}")) == wanted
    report = staydown.report(photo_bytes(802), facts={"nudity": True})
    staydown.uphold(report["case_id"])
    number = report["receipt"]["number"]
    assert ids(listed(staydown, f"text={number}")) == [report["case_id"]]
    assert listed(staydown, f"text={number}&state=open") == []
    assert listed(staydown, "text=example.org") == []


def test_mine_are_those_i_claimed(staydown: Staydown, copies: list[dict]) -> None:
    """Whoever comes back from lunch goes on with their own."""
    claimed = staydown.headers(Role.MODERATOR, "holder")
    assert staydown.http.post(f"/v1/cases/{copies[0]['case_id']}/claim", headers=claimed).status_code == 200
    (mine,) = listed(staydown, "mine=true", "holder")
    assert (mine["id"], mine["claimed_by"]["name"]) == (copies[0]["case_id"], "moderator holder True")
    assert listed(staydown, "mine=true", "another") == []
    staydown.http.post(f"/v1/cases/{copies[0]['case_id']}/release", headers=claimed)
    assert listed(staydown, "mine=true", "holder") == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stat=open", "there is no parameter 'stat' (did you mean 'state'?); this address takes state, queue,"),
        ("colour=red", "there is no parameter 'colour'; this address takes state,"),
        ("strength=sure", "exact"),
        ("state=gone", "open"),
        ("order=oldest", "newest"),
        ("text=", "text"),
        ("order=newest&after=2026-01-01T00:00:00+00:00~case_1", "is not a cursor of this list"),
    ],
)
def test_a_filter_nobody_knows_is_refused(staydown: Staydown, query: str, said: str) -> None:
    """A misspelt filter that is passed over shows every case, and somebody decides them."""
    response = staydown.http.get(f"/v1/cases?{query}", headers=staydown.headers(Role.MODERATOR))
    assert response.status_code == 422
    assert said in response.json()["detail"]
