"""What a pipeline is told, and why."""

import numpy as np
import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import encoded, photo, photo_bytes


def code(seed: int) -> bytes:
    """Return a random 256-bit hash."""
    return np.random.default_rng(seed).bytes(32)


def flipped(value: bytes, bits: int) -> str:
    """Return the hash with its first bits flipped, in hex."""
    unpacked = np.unpackbits(np.frombuffer(value, np.uint8))
    unpacked[:bits] ^= 1
    return np.packbits(unpacked).tobytes().hex()


@pytest.fixture(scope="module")
def banked(staydown: Staydown) -> tuple[bytes, bytes]:
    """Take down intimate media known by its hashes alone; return its PDQ and pHash."""
    pdq, phash = code(1), code(2)
    report = staydown.report_signals(
        {"type": "pdq/1", "value": pdq.hex(), "quality": 100},
        {"type": "phash/1", "value": phash.hex()},
        facts={"nudity": True},
    )
    staydown.uphold(report["case_id"])
    return pdq, phash


@pytest.mark.parametrize(("distance", "matches"), [(0, 1), (30, 1), (31, 1), (32, 0), (33, 0)])
def test_pdq_threshold_is_inclusive(
    staydown: Staydown, banked: tuple[bytes, bytes], distance: int, matches: int
) -> None:
    """FAISS' range search is strict; the published operating point is not."""
    answer = staydown.match(pdq=flipped(banked[0], distance))
    assert len(answer["matches"]) == matches
    if matches:
        evidence = answer["matches"][0]["evidence"][0]
        assert (evidence["distance"], evidence["threshold"]) == (distance, 31)


def test_single_colliding_pdq_value_is_held_not_blocked(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """One hash can be made to collide: nobody is blocked by one signal."""
    answer = staydown.match(pdq=banked[0].hex(), phash=code(3).hex())
    assert answer["verdict"] == "hold"
    assert answer["matches"][0]["agreeing"] == 1


def test_values_of_one_claim_do_not_vouch_for_each_other(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """Who reports by signals alone chooses all of them: that two agree says no more than that one does."""
    answer = staydown.match(pdq=flipped(banked[0], 20), phash=flipped(banked[1], 10))
    assert answer["verdict"] == "hold"
    assert answer["matches"][0]["agreeing"] == 1
    assert "nobody here has seen it" in answer["matches"][0]["reason"]


def test_two_agreeing_signals_block(staydown: Staydown) -> None:
    """Automatic action needs two independent signals, and has them where a file was reported."""
    staydown.take_down(photo_bytes(61), nudity=True)
    values = {one["type"].removesuffix("/1"): bytes.fromhex(one["value"]) for one in staydown.hashed(photo_bytes(61))}
    answer = staydown.match(pdq=flipped(values["pdq"], 20), phash=flipped(values["phash"], 10))
    assert answer["verdict"] == "block"
    assert answer["matches"][0]["agreeing"] == 2


def test_batch_answers_in_order_as_single_questions_do(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """A pipeline may ask a thousand at once and must get the same answers."""
    values = [flipped(banked[0], distance) for distance in (0, 32, 31)] + [code(9).hex()]
    items = [{"id": str(n), "signals": [{"type": "pdq/1", "value": value}]} for n, value in enumerate(values)]
    response = staydown.http.post("/v1/match/batch", headers=staydown.headers(Role.PIPELINE), json={"items": items})
    answers = response.json()["items"]
    assert [answer["id"] for answer in answers] == ["0", "1", "2", "3"]
    assert [answer["verdict"] for answer in answers] == ["hold", "allow", "hold", "allow"]
    for value, answer in zip(values, answers, strict=True):
        assert staydown.match(pdq=value)["matches"] == answer["matches"]


def test_batch_of_more_than_a_thousand_is_refused(staydown: Staydown) -> None:
    """The limit is part of the contract."""
    items = [{"id": str(n), "signals": [{"type": "pdq/1", "value": "0" * 64}]} for n in range(1001)]
    response = staydown.http.post("/v1/match/batch", headers=staydown.headers(Role.PIPELINE), json={"items": items})
    assert response.status_code == 422


def test_empty_batch_is_answered(staydown: Staydown) -> None:
    """A pipeline that had nothing to ask is not in error."""
    response = staydown.http.post("/v1/match/batch", headers=staydown.headers(Role.PIPELINE), json={"items": []})
    assert response.json()["items"] == []


def test_untrusted_pipeline_sees_no_distances(staydown: Staydown) -> None:
    """Distances would lead an attacker to the edit that just escapes."""
    staydown.take_down(photo_bytes(62), nudity=True)
    headers = staydown.headers(Role.PIPELINE, trusted=False)
    files = {"media": ("a.jpg", photo_bytes(62, quality=60))}
    match = staydown.http.post("/v1/match", headers=headers, files=files).json()["matches"][0]
    assert {name for name, value in match.items() if value is not None} == {"verdict", "takedown_id", "strength"}


def test_several_values_of_one_type_are_all_asked(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """A client that sends the mirrored value beside the plain one must not have one of them forgotten."""
    values = [banked[0].hex(), code(4).hex()]
    for order in (values, values[::-1]):
        body = {"signals": [{"type": "pdq/1", "value": value} for value in order]}
        answer = staydown.http.post("/v1/match", headers=staydown.headers(Role.PIPELINE), json=body).json()
        assert len(answer["matches"]) == 1


def test_transparent_picture_is_found_however_it_is_shown(staydown: Staydown) -> None:
    """A picture must not be hidden in the difference between programs: what is shown on white or black is banked."""
    fade = Image.linear_gradient("L").resize((480, 320))
    transparent = photo(58).convert("LA")
    transparent.putalpha(fade)
    staydown.take_down(encoded(transparent, "PNG"), nudity=True)
    for ground in ("white", "black"):
        shown = Image.new("RGB", transparent.size, ground)
        shown.paste(transparent.convert("RGB"), mask=fade)
        assert staydown.upload(f"on {ground}", encoded(shown, quality=60))["verdict"] == "block"


def test_match_stores_nothing(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """A question is not an upload."""
    before = staydown.get("/v1/stats")
    response = staydown.http.post(
        "/v1/match", headers=staydown.headers(Role.PIPELINE), files={"media": ("a.jpg", photo_bytes(50))}
    )
    assert response.json()["verdict"] == "allow"
    assert response.json()["media"] == {
        "kind": "image",
        "width": 480,
        "height": 320,
        "duration_s": None,
        "seen_s": None,
    }
    assert staydown.get("/v1/stats") == before


def test_hash_gives_the_signals_a_match_is_asked_with(staydown: Staydown) -> None:
    """Hash once, ask anywhere: a pipeline may compute signals and keep its media."""
    staydown.take_down(photo_bytes(51), nudity=True)
    hashed = staydown.http.post(
        "/v1/hash", headers=staydown.headers(Role.PIPELINE), files={"media": ("a.jpg", photo_bytes(51, quality=40))}
    ).json()
    signals = {signal["type"].removesuffix("/1"): signal["value"] for signal in hashed["signals"]}
    assert set(signals) == {"sha256", "pdq", "phash"}
    assert staydown.match(pdq=signals["pdq"], phash=signals["phash"])["verdict"] == "block"


def test_same_upload_id_answers_the_same(staydown: Staydown) -> None:
    """A pipeline retries; it must not register twice."""
    first = staydown.upload("retried", photo_bytes(52))
    assert staydown.upload("retried", photo_bytes(52)) == first


def test_same_upload_id_with_other_bytes_is_refused(staydown: Staydown) -> None:
    """An id names one sequence of bytes for ever."""
    staydown.upload("reused", photo_bytes(53))
    response = staydown.http.post(
        "/v1/uploads",
        headers=staydown.headers(Role.PIPELINE),
        data={"upload": '{"upload_id": "reused"}'},
        files={"media": ("a.jpg", photo_bytes(54))},
    )
    assert response.status_code == 409
    assert response.json()["type"] == "urn:staydown:problem:upload-conflict"


def test_confirmed_copy_is_found_by_its_own_signals(staydown: Staydown, banked: tuple[bytes, bytes]) -> None:
    """Upholding a match adds the variant to the takedown's references: copies of the copy are found."""
    decision = staydown.take_down(photo_bytes(55))
    held = staydown.upload("variant", photo_bytes(55, quality=20))
    assert held["verdict"] == "hold"
    confirmed = staydown.uphold(held["case_id"], override_reason="the same post again, nothing else in it")
    assert confirmed["takedown_id"] == decision["takedown_id"]
    assert staydown.get(f"/v1/takedowns/{decision['takedown_id']}")["references"] == 2
    exact = next(signal for signal in held["signals"] if signal["type"] == "sha256/1")
    assert staydown.match(sha256=exact["value"])["matches"][0]["strength"] == "exact"


def test_rejected_match_is_released(staydown: Staydown) -> None:
    """Not a copy: the upload is published, and a pipeline that asks again hears so."""
    staydown.take_down(photo_bytes(56))
    held = staydown.upload("no copy", photo_bytes(56, quality=20))
    response = staydown.http.post(
        f"/v1/cases/{held['case_id']}/decision", headers=staydown.headers(Role.MODERATOR), json={"outcome": "reject"}
    )
    assert response.status_code == 200
    assert staydown.get(f"/v1/uploads/{held['upload']}")["verdict"] == "allow"


def test_platform_cannot_talk_its_way_out_of_a_takedown(staydown: Staydown) -> None:
    """Facts of the media come with the takedown; a platform knows only its post."""
    staydown.take_down(photo_bytes(57))
    held = staydown.upload("talker", photo_bytes(57, quality=20))
    address = f"/v1/uploads/{held['upload']}"
    headers = staydown.headers(Role.PIPELINE)
    refused = staydown.http.patch(address, headers=headers, json={"facts": {"reporter": "none"}})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "reporter")
    assert staydown.http.patch(address, headers=headers, json={"facts": {"mainstream_news": True}}).status_code == 200
    assert staydown.get(f"/v1/cases/{held['case_id']}")["facts"]["mainstream_news"] is True
