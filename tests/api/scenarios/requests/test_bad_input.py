"""Everything odd has a status, a problem type and a remedy, and the service goes on."""

import json
import struct
import zlib
from collections.abc import Iterator

import pytest

from api.http.incoming.bodies import FORM_ADDRESSES, RECEIPTS
from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes

BAD_FILES = {
    "empty file": (b"", 422, "empty-file"),
    "truncated JPEG": (photo_bytes(300)[:2000], 422, "undecodable"),
    "text named .jpg": (b"this is not a picture\n" * 20, 415, "unsupported-format"),
    "pixel bomb": (None, 413, "too-many-pixels"),
    "60 MB file": (b"\xff\xd8\xff" + b"\0" * 60_000_000, 413, "too-large"),
    "51 MB file": (b"\xff\xd8\xff" + b"\0" * 50_500_000, 413, "too-large"),
    "PDF": (b"%PDF-1.7\n" + b"0" * 100, 415, "unsupported-format"),
}


def bomb() -> bytes:
    """Make a valid PNG of 30,000 × 30,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", BAD_FILES)
@pytest.mark.parametrize("address", ["/v1/uploads", "/v1/reports", "/v1/match", "/v1/check", "/v1/hash"])
def test_bad_file_is_refused_and_the_service_goes_on(staydown: Staydown, name: str, address: str) -> None:
    """One bad file is one answer, not an outage."""
    data, status, slug = BAD_FILES[name]
    fields = {
        "/v1/uploads": {"upload": '{"upload_id": "bad"}'},
        "/v1/reports": {"report": '{"reporter": {"relation": "subject"}}'},
    }.get(address, {})
    response = staydown.http.post(
        address,
        headers=staydown.headers(Role.ADMIN),
        data=fields,
        files={"media": ("picture.jpg", bomb() if data is None else data)},
    )
    assert (response.status_code, response.json()["type"]) == (status, f"urn:staydown:problem:{slug}"), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.json()) >= {"type", "title", "status", "detail"}
    assert staydown.match(pdq="0" * 64)["verdict"] == "allow"


def test_every_address_that_takes_files_takes_large_ones(staydown: Staydown) -> None:
    """One that is not named would hold a form in memory, and refuse a picture of 12 MB."""
    paths = staydown.http.get("/openapi.json").json()["paths"]
    taking = {
        path
        for path, methods in paths.items()
        if "multipart/form-data" in methods.get("post", {}).get("requestBody", {}).get("content", {})
    }
    named = {path for path in FORM_ADDRESSES if path.startswith("/v1/")}  # pages are in no description
    assert {path for path in taking if not path.startswith(RECEIPTS)} == named


SIGNALS = "/v1/match"


@pytest.mark.parametrize(
    ("body", "status", "slug", "field"),
    [
        ('{"signals": [', 422, "invalid-body", "body"),
        ("[]", 422, "invalid-body", "body"),
        ("{}", 422, "invalid-body", "signals"),
        ('{"signals": []}', 422, "invalid-body", "signals"),
        ('{"signals": [{"type": "pdq/1", "value": "xyz"}]}', 422, "invalid-signal", None),
        ('{"signals": [{"type": "pdq/1", "value": "00"}]}', 422, "invalid-signal", None),
        ('{"signals": [{"type": "md5/1", "value": "00"}]}', 422, "unknown-signal-type", None),
        ('{"signals": [{"type": "pdq/1", "value": 7}]}', 422, "invalid-body", "signals.0.value"),
        ('{"signals": [{"type": "pdq/1", "value": "00", "quality": 101}]}', 422, "invalid-body", "signals.0.quality"),
        ('{"signals": [{"type": "pdq/1", "value": "00"}], "radius": 200}', 422, "invalid-body", "radius"),
    ],
)
def test_bad_json_is_refused_by_field(staydown: Staydown, body: str, status: int, slug: str, field: str | None) -> None:
    """The client learns which value is wrong and what is accepted."""
    headers = {**staydown.headers(Role.PIPELINE), "Content-Type": "application/json"}
    response = staydown.http.post(SIGNALS, headers=headers, content=body)
    problem = response.json()
    assert (response.status_code, problem["type"]) == (status, f"urn:staydown:problem:{slug}"), response.text
    if field is not None:
        assert [error["field"] for error in problem["errors"]] == [field]


def test_broken_json_in_a_form_is_refused(staydown: Staydown) -> None:
    """The JSON part of a form is checked like a JSON body."""
    response = staydown.http.post(
        "/v1/uploads",
        headers=staydown.headers(Role.PIPELINE),
        data={"upload": '{"upload_id": '},
        files={"media": ("a.jpg", photo_bytes(301))},
    )
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "upload")


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/v1/cases/case_none"),
        ("POST", "/v1/cases/case_none/claim"),
        ("GET", "/v1/takedowns/tkd_none"),
        ("GET", "/v1/decisions/dec_none"),
        ("POST", "/v1/decisions/dec_none/approve"),
        ("GET", "/v1/uploads/upl_none"),
        ("GET", "/v1/appeals/app_none"),
        ("DELETE", "/v1/keys/key_none"),
        ("GET", "/v1/nothing-here"),
    ],
)
def test_unknown_id_is_404(staydown: Staydown, method: str, address: str) -> None:
    """For every kind of thing that can be missing."""
    response = staydown.http.request(method, address, headers=staydown.headers(Role.ADMIN))
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_no_key_is_401_and_wrong_role_403(staydown: Staydown) -> None:
    """A pipeline cannot read cases, and nobody reads them without a key."""
    nobody = staydown.http.get("/v1/cases")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert staydown.http.get("/v1/cases", headers={"Authorization": "Bearer guess"}).status_code == 401
    pipeline = staydown.http.get("/v1/cases", headers=staydown.headers(Role.PIPELINE))
    assert (pipeline.status_code, pipeline.json()["type"]) == (403, "urn:staydown:problem:wrong-role")
    auditor = staydown.headers(Role.AUDITOR)
    assert staydown.http.get("/v1/cases", headers=auditor).status_code == 200
    assert staydown.http.post("/v1/cases/case_none/claim", headers=auditor).status_code == 403


def test_revoked_key_is_refused(staydown: Staydown) -> None:
    """At once, in every process: keys are read from the record."""
    admin = staydown.headers(Role.ADMIN)
    made = staydown.http.post("/v1/keys", headers=admin, json={"name": "lost laptop", "role": "moderator"}).json()
    lost = {"Authorization": f"Bearer {made['key']}"}
    assert staydown.http.get("/v1/cases", headers=lost).status_code == 200
    assert staydown.http.delete(f"/v1/keys/{made['id']}", headers=admin).status_code == 204
    assert staydown.http.get("/v1/cases", headers=lost).status_code == 401


def test_report_without_key_is_refused_unless_the_operator_allows_it(staydown: Staydown) -> None:
    """The public form is the operator's choice."""
    report = json.dumps({"reporter": {"relation": "subject"}})
    response = staydown.http.post("/v1/reports", data={"report": report}, files={"media": ("a.jpg", photo_bytes(302))})
    assert response.status_code == 401


def test_odd_cursor_and_limit_are_refused(staydown: Staydown) -> None:
    """A list says what is wrong with a page that cannot be."""
    headers = staydown.headers(Role.MODERATOR)
    assert staydown.http.get("/v1/cases?after=nonsense", headers=headers).json()["type"].endswith("invalid-cursor")
    assert staydown.http.get("/v1/cases?limit=0", headers=headers).status_code == 422
    assert staydown.http.get("/v1/cases?state=lost", headers=headers).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        '{"signals": ' + "9" * 5000 + "}",
        '{"signals": [{"type": "pdq/1", "value": "\\ud800"}]}',
        "[" * 100_000,
        '{"signals": NaN}',
    ],
    ids=["huge number", "half a surrogate pair", "deeply nested", "not a number"],
)
def test_json_that_breaks_readers_is_refused(staydown: Staydown, body: str) -> None:
    """Each of these once was a 500."""
    headers = {**staydown.headers(Role.PIPELINE), "Content-Type": "application/json"}
    assert staydown.http.post(SIGNALS, headers=headers, content=body).status_code == 422


@pytest.mark.parametrize("address", ["/v1/keys", "/v1/match"])
def test_body_without_a_length_is_refused_when_it_grows_too_large(staydown: Staydown, address: str) -> None:
    """A limit that only looks at what was announced is none."""

    def chunks() -> Iterator[bytes]:
        yield b'{"name": "'
        for _ in range(60):
            yield b"x" * 1_000_000
        yield b'"}'

    headers = {**staydown.headers(Role.ADMIN), "Content-Type": "application/json"}
    response = staydown.http.post(address, headers=headers, content=chunks())
    assert (response.status_code, response.json()["type"]) == (413, "urn:staydown:problem:too-large")


def test_upload_asked_for_by_the_platforms_id_is_told_which_is_meant(staydown: Staydown) -> None:
    """An upload has two ids, and the platform's own is the one at hand."""
    staydown.upload("post-1", photo_bytes(301))
    headers = staydown.headers(Role.ADMIN)
    for asked in (
        staydown.http.get("/v1/uploads/post-1", headers=headers),
        staydown.http.patch("/v1/uploads/post-1", headers=headers, json={"facts": {"harass_purpose": True}}),
    ):
        assert asked.status_code == 404
        assert "'post-1'; give the `upload` that its registration answered" in asked.json()["detail"]
