"""Settings and the audit log in the console: an admin manages, an auditor reads, a moderator is refused."""

import re
from collections.abc import Iterator

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import PASSWORD, Console
from tests.helpers.counterparts.receiver import Receiver, receiver
from tests.helpers.media.pictures import photo_bytes

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""
SETTINGS = "/console/settings"


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service that may reach this machine."""
    with running(settings_in(tmp_path_factory.mktemp("settings"), allow_private_destinations=True)) as service:
        yield service


@pytest.fixture(scope="module")
def hook() -> Iterator[Receiver]:
    """Run a system that is told of takedowns."""
    with receiver() as noted:
        yield noted


def test_admin_lets_somebody_in_and_in_no_more_and_their_key_ends_with_it(console: Console) -> None:
    """All of it by forms; whoever leaves has nothing open any more."""
    admin = console.browser(Role.ADMIN)
    page = admin.send(f"{SETTINGS}/people", name=HOSTILE[:40], role="senior", password=PASSWORD).text
    assert "<script>" not in page
    person_id = re.findall(r"per_\w+", page[page.index("&lt;script&gt;") :])[0]
    weak = admin.send(f"{SETTINGS}/people", name="kim", role="senior", password="short")
    assert weak.status_code == 422
    assert 'role="alert"' in weak.text
    assert 'value="kim"' in weak.text
    made = admin.send(f"{SETTINGS}/keys", name="script of theirs", role="moderator", speaks_for=person_id).text
    key = re.findall(r'<output id="new-key"[^>]*>(sdk_[\w-]+)</output>', made)[0]
    bearer = {"Authorization": f"Bearer {key}"}
    assert console.staydown.http.get("/v1/cases", headers=bearer).status_code == 200
    assert key not in admin.get(f"{SETTINGS}/keys")
    assert "let in no more" in admin.send(f"{SETTINGS}/people/{person_id}/disable").text
    assert console.staydown.http.get("/v1/cases", headers=bearer).status_code == 401
    assert admin.send(f"{SETTINGS}/people/{person_id}/disable").status_code == 409
    admin.send(f"{SETTINGS}/people/{person_id}/enable")
    assert console.staydown.http.get("/v1/cases", headers=bearer).status_code == 401


def test_password_that_an_admin_sets_signs_its_owner_out(console: Console) -> None:
    """Who forgot it gets a new one; who had it stolen, too."""
    admin, alex = console.browser(Role.ADMIN), console.browser(Role.MODERATOR, "alex")
    person_id = re.findall(r">alex</span> <span[^>]*>(per_\w+)", admin.get(f"{SETTINGS}/people"))[0]
    admin.send(f"{SETTINGS}/people/{person_id}/password", password="another four quiet words")
    assert alex.http.get("/console", follow_redirects=False).status_code == 303


def test_key_is_made_replaced_and_revoked(console: Console) -> None:
    """Shown once; a bad wish is refused where it was typed."""
    admin = console.browser(Role.ADMIN)
    keys = f"{SETTINGS}/keys"
    assert admin.send(keys, name=" ", role="pipeline").status_code == 422
    assert admin.send(keys, name="x", role="policy").status_code == 422
    assert admin.send(keys, name="x", role="pipeline", ends="yesterday").status_code == 422
    assert admin.send(keys, name="x", role="pipeline", ends="2001-01-01").status_code == 422
    assert admin.send(keys, name="x", role="pipeline", per_minute="many").status_code == 422
    made = admin.send(keys, name="uploads", role="pipeline", ends="2199-12-31", per_minute="60", trusted="true").text
    key_id = re.findall(r'>uploads</span> <span class="mono small muted">(key_\w+)', made)[0]
    replaced = admin.send(f"{keys}/{key_id}/rotate").text
    [key] = re.findall(r'<output id="new-key"[^>]*>(sdk_[\w-]+)</output>', replaced)
    assert admin.send(f"{keys}/{key_id}/rotate").status_code == 409
    new_id = re.findall(r'>uploads</span> <span class="mono small muted">(key_\w+)', replaced)[0]
    known = {one["id"]: one for one in console.staydown.get("/v1/keys?limit=200")["items"]}
    assert (known[new_id]["trusted"], known[new_id]["requests_per_minute"]) == (True, 60)
    admin.send(f"{keys}/{new_id}/revoke")
    refused = console.staydown.http.get("/v1/events", headers={"Authorization": f"Bearer {key}"})
    assert refused.status_code == 401


def test_destination_is_added_told_paused_and_deleted(console: Console, hook: Receiver) -> None:
    """Its secret is shown once."""
    admin = console.browser(Role.ADMIN)
    address = f"{SETTINGS}/destinations"
    fields = {"name": HOSTILE[:60], "kind": "webhook", "target": hook.url, "events": "takedown.created"}
    assert admin.send(address, **{**fields, "target": "ftp://elsewhere"}).status_code == 422
    assert admin.send(address, **{**fields, "kind": "<b>"}).status_code == 422
    page = admin.send(address, **fields).text
    assert re.search(r'<output id="new-secret"[^>]*>whsec_[\w+/=]+</output>', page)
    assert "<script>" not in page
    destination = re.findall(rf'action="{address}/(dst_\w+)/pause"', page)[0]
    assert "whsec_" not in admin.get(address)
    assert f"{address}/{destination}/resume" in admin.send(f"{address}/{destination}/pause").text
    assert admin.send(f"{address}/{destination}/pause").status_code == 409
    assert admin.send(f"{address}/{destination}/burn").status_code == 422
    admin.send(f"{address}/{destination}/resume")
    assert destination not in admin.send(f"{address}/{destination}/delete").text


def test_queue_is_added_with_credentials_that_no_page_shows(console: Console) -> None:
    """Without a field for them a queue was asked with the machine's own, or as a guest."""
    admin = console.browser(Role.ADMIN)
    address = f"{SETTINGS}/destinations"
    where = {"name": "queue", "kind": "amqp", "target": "amqp://127.0.0.1:1/?routing_key=q", "events": "post.removed"}
    fields = {**where, "credentials": "staydown:its-password"}
    assert "no credentials" in admin.send(address, **{**fields, "kind": "file", "target": "events.ndjson"}).text
    assert "user:password" in admin.send(address, **{**fields, "credentials": "no pair"}).text
    pages = admin.send(address, **fields).text + admin.get(address)
    assert "its-password" not in pages
    with console.staydown.service.reading() as uow:
        [added] = uow.destinations.listed(after=None, limit=50)[0]
    assert (added.kind, added.secret) == ("amqp", b"staydown:its-password")
    admin.send(f"{address}/{added.id}/delete")


@pytest.mark.parametrize(("path", "listed"), [("never-bank", "/v1/never-bank"), ("protected", "/v1/protected")])
def test_media_is_put_on_a_list_with_a_reason_and_taken_off(console: Console, path: str, listed: str) -> None:
    """A file without one is refused, and so is what is no picture."""
    senior = console.browser(Role.SENIOR)
    address = f"{SETTINGS}/{path}"

    def send(data: bytes, reason: str) -> tuple[int, str]:
        files = {"media": ("a.jpg", data, "image/jpeg")}
        answered = senior.http.post(address, data={"form_token": senior.form_token, "reason": reason}, files=files)
        return answered.status_code, answered.text

    assert send(photo_bytes(81), " ")[0] == 422
    assert send(b"", "a logo")[0] == 422
    assert send(b"no picture", "a logo")[0] == 415
    status, page = send(photo_bytes(81), HOSTILE)
    assert status == 200
    assert "<script>" not in page
    [entry] = console.staydown.get(listed)["items"]
    assert entry["reason"] == HOSTILE
    assert f"{address}/{entry['id']}/remove" in page
    senior.send(f"{address}/{entry['id']}/remove")
    assert console.staydown.get(listed)["items"] == []


def test_audit_log_is_listed_filtered_and_followed_to_its_end(console: Console) -> None:
    """A row that somebody changes is named."""
    auditor = console.browser(Role.AUDITOR)
    console.browser(Role.MODERATOR, "kim")
    page = auditor.get("/console/audit?who=KIM")
    assert set(re.findall(r'<a href="/console/audit\?who=[^"]+">([^<]+)</a>', page)) == {"kim"}
    subject = re.findall(r"what=(per_\w+)", page)[0]
    assert "person added" in auditor.get(f"/console/audit?what={subject}")
    assert "No row is like that." in auditor.get("/console/audit?who=nobody")
    assert "<script>" not in auditor.get("/console/audit?who=%3Cscript%3E&what=%3Cscript%3E")
    whole = auditor.send("/console/audit/verify").text
    assert "The log holds together" in whole
    rows = int(re.findall(r"(\d+):[0-9a-f]{64}", whole)[0])
    assert rows == max(int(one) for one in re.findall(r'<td class="numbers">(\d+)</td>', whole))
    older = re.findall(r'href="(/console/audit\?before=\d+)"', auditor.get("/console/audit"))
    assert not older or "Back to the beginning" in auditor.get(older[0])


def test_auditor_reads_the_settings_and_changes_nothing(console: Console) -> None:
    """No form of theirs, and refused by hand."""
    auditor = console.browser(Role.AUDITOR)
    for path in ("people", "keys", "destinations", "never-bank", "protected"):
        page = auditor.get(f"{SETTINGS}/{path}")
        assert f'action="{SETTINGS}' not in page, path
    assert auditor.send(f"{SETTINGS}/people", name="x", role="admin", password=PASSWORD).status_code == 403
    assert auditor.send(f"{SETTINGS}/keys", name="x", role="admin").status_code == 403


def test_moderator_sees_no_settings_and_is_refused_by_hand(console: Console) -> None:
    """Neither a link nor a page."""
    moderator = console.browser(Role.MODERATOR)
    assert SETTINGS not in moderator.get("/console")
    assert "/console/audit" not in moderator.get("/console")
    for path in ("", "/people", "/keys", "/destinations", "/never-bank", "/protected"):
        assert moderator.http.get(f"{SETTINGS}{path}").status_code == 403
    assert moderator.http.get("/console/audit").status_code == 403
    assert moderator.send(f"{SETTINGS}/people", name="x", role="admin", password=PASSWORD).status_code == 403
    assert console.browser(Role.SENIOR).http.get(f"{SETTINGS}/people").status_code == 403
