"""Media by its address, through HTTP: wherever a file is taken, and only where the operator allows it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown, running, settings_in
from tests.helpers.counterparts.file_server import FileServer, file_server
from tests.helpers.media.pictures import photo_bytes

BANKED = photo_bytes(8_300)
COPY = photo_bytes(8_300, quality=60)
FILES = {"/copy.jpg": COPY, "/other.jpg": photo_bytes(8_301), "/note.txt": b"no picture", "/empty": b""}


@pytest.fixture(scope="module")
def files() -> Iterator[FileServer]:
    """Run a server of files."""
    with file_server(FILES) as server:
        yield server


@pytest.fixture(scope="module")
def fetching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that fetches from this machine, and has taken one picture down."""
    settings = settings_in(
        tmp_path_factory.mktemp("fetching"), media_urls=True, media_url_allow_private=True, max_image_bytes=2_000_000
    )
    with running(settings) as service:
        service.take_down(BANKED, nudity=True)
        yield service


def asked(service: Staydown, address: str, role: Role = Role.PIPELINE, **body: object) -> Any:
    """Ask with JSON."""
    return service.http.post(address, headers=service.headers(role), json=body)


@pytest.mark.parametrize(("address", "status"), [("/v1/match", 200), ("/v1/check", 451), ("/v1/hash", 200)])
def test_question_about_an_address_is_answered_as_about_its_file(
    fetching: Staydown, files: FileServer, address: str, status: int
) -> None:
    """The bytes are the same, so the answer is."""
    named = asked(fetching, address, media_url=f"{files.url}/copy.jpg")
    headers = fetching.headers(Role.PIPELINE)
    sent = fetching.http.post(address, headers=headers, files={"media": ("a", COPY)})
    assert (named.status_code, named.json()) == (status, sent.json())
    in_a_form = fetching.http.post(address, headers=headers, files={"media_url": (None, f"{files.url}/copy.jpg")})
    assert in_a_form.json() == sent.json()
    fast = asked(fetching, address, media_url=f"{files.url}/copy.jpg", depth="fast")
    assert fast.status_code == status


def test_upload_is_registered_by_its_address(fetching: Staydown, files: FileServer) -> None:
    """Its digest is the file's: the same upload again is the same, with another file it is a conflict."""
    body = {"upload": {"upload_id": "by address", "uploader_id": "u"}, "media_url": f"{files.url}/copy.jpg"}
    first = asked(fetching, "/v1/uploads", **body)
    assert (first.status_code, first.json()["verdict"]) == (200, "block")
    assert asked(fetching, "/v1/uploads", **body).json()["upload"] == first.json()["upload"]
    conflict = asked(fetching, "/v1/uploads", **{**body, "media_url": f"{files.url}/other.jpg"})
    assert conflict.json()["type"] == "urn:staydown:problem:upload-conflict"


def test_report_and_protected_media_are_taken_by_address(fetching: Staydown, files: FileServer) -> None:
    """Whoever files for a person may only have a link."""
    filed = asked(fetching, "/v1/reports", Role.INTAKE, report=SUBJECT, media_url=f"{files.url}/other.jpg")
    assert filed.status_code == 201, filed.text
    assert len(fetching.get(f"/v1/cases/{filed.json()['case_id']}")["media"]) == 1
    body = {"protected": {"reason": "front page"}, "media_url": f"{files.url}/other.jpg"}
    assert asked(fetching, "/v1/protected", Role.SENIOR, **body).status_code == 201
    form = {"protected": (None, json.dumps({"reason": "front page"})), "media_url": (None, f"{files.url}/copy.jpg")}
    in_a_form = fetching.http.post("/v1/protected", headers=fetching.headers(Role.SENIOR), files=form)
    assert in_a_form.status_code == 201


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/note.txt", 415, "unsupported-format"),
        ("/empty", 422, "empty-file"),
        ("/status/404", 422, "media-url"),
        ("/endless", 413, "too-large"),
        ("/moved?http://169.254.169.254/", 422, "media-url"),
    ],
)
def test_what_lies_there_may_be_no_picture(
    fetching: Staydown, files: FileServer, path: str, status: int, kind: str
) -> None:
    """Refused as if it had been sent; and nothing of it stays."""
    refused = asked(fetching, "/v1/match", media_url=files.url + path)
    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:staydown:problem:{kind}"), refused.text
    assert [one.name for one in fetching.service.spool.folder.iterdir()] == ["id"]


@pytest.mark.parametrize(
    ("body", "kind", "field"),
    [
        ({"media_url": ""}, "invalid-body", "media_url"),
        ({"media_url": 7}, "invalid-body", "media_url"),
        ({"media_url": None}, "invalid-body", "media_url"),
        ({"media_url": "https://example.org/" + "a" * 2_000}, "invalid-body", "media_url"),
        ({"media_url": "copy.jpg"}, "media-url", None),
        ({"media_url": "file:///etc/passwd"}, "media-url", None),
    ],
)
def test_odd_address_is_refused(fetching: Staydown, body: dict[str, Any], kind: str, field: str | None) -> None:
    """Before anything is connected."""
    refused = asked(fetching, "/v1/match", **body)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:staydown:problem:{kind}")
    assert field is None or refused.json()["errors"][0]["field"] == field


def test_file_and_address_together_are_two_files(fetching: Staydown, files: FileServer) -> None:
    """One question is about one of them."""
    headers, form = fetching.headers(Role.PIPELINE), {"media_url": f"{files.url}/copy.jpg"}
    both = fetching.http.post("/v1/match", headers=headers, data=form, files={"media": ("a", COPY)})
    assert (both.status_code, both.json()["errors"][0]["field"]) == (422, "media")
    signals = asked(fetching, "/v1/match", media_url=f"{files.url}/copy.jpg", signals=[])
    assert signals.status_code == 422


def test_nothing_is_fetched_for_who_may_not_ask(fetching: Staydown, files: FileServer) -> None:
    """A key of another role, or none at all, makes this machine connect to nowhere."""
    before = len(files.asked)
    assert asked(fetching, "/v1/match", Role.INTAKE, media_url=f"{files.url}/copy.jpg").status_code == 403
    assert fetching.http.post("/v1/match", json={"media_url": f"{files.url}/copy.jpg"}).status_code == 401
    public = fetching.http.post("/v1/reports", json={"report": SUBJECT, "media_url": f"{files.url}/copy.jpg"})
    assert public.status_code in (401, 422), public.text
    receipt = fetching.http.post("/v1/receipts/SD-0/messages", json={"text": "a", "media_url": f"{files.url}/copy.jpg"})
    assert receipt.status_code in (404, 422), receipt.text
    assert len(files.asked) == before


def test_it_is_off_by_default(staydown: Staydown, files: FileServer) -> None:
    """And says which setting turns it on."""
    before = len(files.asked)
    refused = asked(staydown, "/v1/match", media_url=f"{files.url}/copy.jpg")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:staydown:problem:media-url")
    assert "STAYDOWN_MEDIA_URLS=true" in refused.json()["detail"]
    assert len(files.asked) == before
