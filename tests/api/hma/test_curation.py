"""Banks of the drop-in: what is in them is found at once, everywhere, and nowhere once it is not to be."""

import json
import time
from collections.abc import Iterator

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes, plain_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually


@pytest.fixture(scope="module", params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that answers at `/hma`, over each kind of database."""
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("hma"), hma=True, database_url=url)) as one,
    ):
        yield one


class Hma:
    """
    A program that asks.

    Args:
        service: Whom.
    """

    def __init__(self, service: Staydown) -> None:
        self._http, self._base = service.http, f"/hma/key/{service.key(Role.ADMIN)}"

    def ask(self, method: str, path: str, status: int = 200, **more: object):
        """Ask, and return the answer's JSON."""
        answer = self._http.request(method, self._base + path, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def bank(self, name: str, **more: object) -> None:
        """Make a bank."""
        self.ask("POST", "/c/banks", 201, json={"name": name, **more})

    def add(self, name: str, picture: bytes, query: str = "") -> dict:
        """Put a picture into a bank."""
        return self.ask("POST", f"/c/bank/{name}/content{query}", files={"photo": ("x.jpg", picture, "image/jpeg")})

    def banks_of(self, picture: bytes, query: str = "") -> dict:
        """Look a picture up."""
        return self.ask("POST", f"/m/lookup{query}", files={"photo": ("x.jpg", picture, "image/jpeg")})["pdq"]


@pytest.fixture
def hma(service: Staydown) -> Hma:
    """Return a program that asks."""
    return Hma(service)


def test_a_banked_picture_is_found_by_the_very_next_look_up_and_held_by_uploads(service: Staydown, hma: Hma) -> None:
    """HMA finds it after its next rebuild; here there is none. Only a person's decision blocks."""
    hma.bank("ONE")
    added = hma.add("ONE", photo_bytes(8_200))
    for quality in (40, 60):
        found = hma.banks_of(photo_bytes(8_200, quality=quality))
        assert [(one["bank_content_id"], type(one["distance"])) for one in found["ONE"]] == [(added["id"], str)]
    upload = service.upload("hma 1", photo_bytes(8_200, quality=50))
    assert upload["verdict"] == "hold"
    assert "the list ONE" in service.get(f"/v1/cases/{upload['case_id']}")["note"]


def test_what_is_disabled_or_deleted_is_found_nowhere(service: Staydown, hma: Hma) -> None:
    """And what was held for it alone is let go; enabled, it is found again."""
    hma.bank("TWO")
    item = hma.add("TWO", photo_bytes(8_210))["id"]
    upload = service.upload("hma 2", photo_bytes(8_210, quality=50))
    assert upload["verdict"] == "hold"
    changed = hma.ask("PUT", f"/c/bank/TWO/content/{item}", json={"disable_until_ts": 0, "note": "not ours"})
    assert (changed["disable_until_ts"], changed["note"]) == (0, "not ours")
    assert hma.banks_of(photo_bytes(8_210)) == {}
    assert service.verdict_of(upload) == "allow"
    assert hma.ask("PUT", f"/c/bank/TWO/content/{item}", json={"disable_until_ts": 1})["note"] == "not ours"
    assert list(hma.banks_of(photo_bytes(8_210))) == ["TWO"]
    assert hma.ask("DELETE", f"/c/bank/TWO/content/{item}") == {"deleted": 1}
    assert hma.banks_of(photo_bytes(8_210)) == {}
    assert hma.ask("DELETE", f"/c/bank/TWO/content/{item}") == {"deleted": 0}
    hma.ask("GET", f"/c/bank/TWO/content/{item}", 404)


def test_what_is_disabled_until_a_moment_comes_back_by_itself(hma: Hma) -> None:
    """As HMA's clients expect of a moment in the future."""
    hma.bank("THREE")
    item = hma.add("THREE", photo_bytes(8_220))["id"]
    until = int(time.time()) + 2
    answer = hma.ask("PUT", f"/c/bank/THREE/content/{item}", json={"disable_until_ts": until})
    assert answer["disable_until_ts"] == until
    assert hma.banks_of(photo_bytes(8_220)) == {}
    eventually(lambda: list(hma.banks_of(photo_bytes(8_220))), ["THREE"].__eq__)


def test_content_of_another_bank_is_out_of_reach(hma: Hma) -> None:
    """HMA's DELETE looks at the number alone."""
    hma.bank("FOUR")
    hma.bank("FOUR_OTHER")
    item = hma.add("FOUR", photo_bytes(8_230))["id"]
    assert hma.ask("DELETE", f"/c/bank/FOUR_OTHER/content/{item}") == {"deleted": 0}
    hma.ask("PUT", f"/c/bank/FOUR_OTHER/content/{item}", 404, json={"disable_until_ts": 0})
    hma.ask("DELETE", f"/c/bank/NONE/content/{item}", 404)
    assert list(hma.banks_of(photo_bytes(8_230))) == ["FOUR"]


def test_a_bank_is_switched_off_renamed_and_deleted_as_a_whole(service: Staydown, hma: Hma) -> None:
    """Uploads see what look-ups see; a deleted bank leaves nothing behind."""
    hma.bank("FIVE")
    picture = photo_bytes(8_240)
    hma.add("FIVE", picture)
    hma.add("FIVE", photo_bytes(8_241))
    assert hma.ask("PUT", "/c/bank/FIVE", json={"enabled": False})["matching_enabled_ratio"] == 0
    assert hma.banks_of(picture) == {}
    assert service.upload("hma 5 off", photo_bytes(8_240, quality=50))["verdict"] == "allow"
    hma.add("FIVE", photo_bytes(8_242))
    assert service.upload("hma 5 added off", photo_bytes(8_242, quality=50))["verdict"] == "allow"
    hma.ask("PUT", "/c/bank/FIVE", json={"enabled_ratio": "1.0", "name": "FIVE_NEW"})
    assert list(hma.banks_of(picture)) == ["FIVE_NEW"]
    upload = service.upload("hma 5 on", photo_bytes(8_240, quality=55))
    assert upload["verdict"] == "hold"
    assert "the list FIVE_NEW" in service.get(f"/v1/cases/{upload['case_id']}")["note"]
    hma.ask("PUT", "/c/bank/FIVE_NEW", 403, json={"name": taken(hma)})
    hma.ask("DELETE", "/c/bank/FIVE_NEW")
    assert hma.banks_of(picture) == {}
    assert service.verdict_of(upload) == "allow"
    hma.ask("GET", "/c/bank/FIVE_NEW", 404)


def taken(hma: Hma) -> str:
    """Return the name of a bank there is."""
    hma.bank("TAKEN")
    return "TAKEN"


def test_a_ratio_lets_some_questions_through_and_the_same_ones_with_a_seed(hma: Hma) -> None:
    """A bank is tried on a part of the traffic."""
    hma.bank("SIX", enabled_ratio=0.5)
    hma.add("SIX", photo_bytes(8_250))
    seen = [bool(hma.banks_of(photo_bytes(8_250), f"?seed={seed}")) for seed in range(12)]
    again = [bool(hma.banks_of(photo_bytes(8_250), f"?seed={seed}")) for seed in range(12)]
    assert seen == again
    assert set(seen) == {True, False}


def test_who_asks_past_the_toss_sees_every_bank_that_is_on(hma: Hma) -> None:
    """A moderator who looks whether something is banked is not to be told by chance."""
    hma.bank("RARELY", enabled_ratio=0.000001)
    hma.add("RARELY", photo_bytes(8290))
    assert [hma.banks_of(photo_bytes(8290), f"?seed={seed}") for seed in "abc"] == [{}, {}, {}]
    assert list(hma.banks_of(photo_bytes(8290), "?bypass_coinflip=true")) == ["RARELY"]


def test_a_poor_picture_has_no_hash_rather_than_an_empty_one(hma: Hma) -> None:
    """HMA answers an empty text, which its clients then look up."""
    hma.bank("SEVEN")
    files = {"photo": ("x.jpg", plain_bytes(), "image/jpeg")}
    assert hma.ask("POST", "/h/hash", files=files) == {}
    assert hma.ask("POST", "/m/lookup", files=files) == {}
    refused = hma.ask("POST", "/c/bank/SEVEN/content", 400, files=files)
    assert refused["message"].startswith("No signals given")


def test_where_the_original_is_and_a_note_are_kept(hma: Hma) -> None:
    """As the metadata of HMA's clients say."""
    hma.bank("EIGHT")
    metadata = json.dumps({"content_uri": "https://example.org/1"})
    item = hma.ask(
        "POST",
        "/c/bank/EIGHT/content",
        params={"metadata": metadata, "note": "from a partner"},
        files={"photo": ("x.jpg", photo_bytes(8_260), "image/jpeg")},
    )["id"]
    assert hma.ask("GET", f"/c/bank/EIGHT/content/{item}")["original_media_uri"] == "https://example.org/1"
    changed = hma.ask("PUT", f"/c/bank/EIGHT/content/{item}", json={"disable_until_ts": 1})
    assert changed["note"] == "from a partner"


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("POST", "/c/banks", 422, {"json": {"name": "X", "enabled_ratio": 2}}),
        ("POST", "/c/banks", 422, {"json": {"name": 7}}),
        ("POST", "/c/banks", 400, {"content": b"{"}),
        ("POST", "/c/banks", 400, {"content": b"[" * 50_000}),
        ("POST", "/c/banks", 400, {"json": {"name": "A\0B"}}),
        ("GET", "/c/bank/A%00B", 400, {}),
        ("GET", "/c/bank/TAKEN/content/-1", 404, {}),
        ("GET", "/m/lookup?signal_type=pdq&signal=%00", 400, {}),
        ("GET", "/m/lookup?signal_type=video_md5&signal=00", 400, {}),
        ("POST", "/m/compare", 400, {"json": {"pdq": [1, 2]}}),
        ("POST", "/h/hash", 400, {"files": {"photo": ("x.jpg", b"no picture", "image/jpeg")}}),
        ("POST", "/c/exchanges", 400, {"json": {"bank": "X", "api": "stop_ncii"}}),
        ("GET", "/h/hash?url=http://127.0.0.1/x.jpg", 400, {}),
        ("GET", "/h/hash?url=http://127.0.0.1/x.jpg&types=video_md5", 400, {}),
        ("GET", "/m/raw_lookup?signal_type=pdq&signal=ff&include_distance=maybe", 422, {}),
        ("PUT", "/c/signal_type/pdq", 501, {"json": {"enabled_ratio": 0}}),
        ("PUT", "/c/signal_type/pdq", 422, {"json": {}}),
        ("PUT", "/c/signal_type/nope", 400, {"json": {"enabled_ratio": 1}}),
    ],
)
def test_what_cannot_be_read_is_refused_in_hma_s_form(
    hma: Hma, method: str, path: str, status: int, more: dict
) -> None:
    """A message, or a list of what is wrong; never a failure of ours."""
    said = hma.ask(method, path, status, **more)
    assert isinstance(said, list) or list(said) == ["message"]
