"""A picture that is sent again is not decoded again, and what it matches is looked for anew."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.arrivals.hashed_lately import HashedLately, Sent
from casework.domain.actor import Role
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.sandbox.hasher import InProcess
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service whose worker does not run: it would decode, too."""
    with running(settings_in(tmp_path_factory.mktemp("lately"), worker=False)) as service:
        yield service


def decoded(staydown: Staydown) -> float:
    """Return how many pictures were decoded so far."""
    start = 'staydown_decode_seconds_count{kind="picture"}'
    lines = staydown.http.get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(start)), 0.0)


def asked(staydown: Staydown, picture: bytes, *, name: str = "one", depth: str = "deep") -> dict:
    """Ask about a file under a key."""
    response = staydown.http.post(
        "/v1/match",
        headers=staydown.headers(Role.PIPELINE, name),
        files={"media": ("x", picture)},
        data={"depth": depth},
    )
    assert response.status_code == 200, response.text
    return response.json()


def test_the_same_file_is_decoded_once(staydown: Staydown) -> None:
    """Decoding is nearly all that a question about a file takes; the answer is the same to the letter."""
    picture = photo_bytes(911)
    first, before = asked(staydown, picture), decoded(staydown)
    assert asked(staydown, picture) == first
    assert decoded(staydown) == before


def test_a_takedown_in_between_is_seen_by_the_same_file_sent_again(staydown: Staydown) -> None:
    """What is remembered is what the file is, never what it matched: the very next question sees the takedown."""
    picture = photo_bytes(912)
    assert asked(staydown, picture)["verdict"] == "allow"
    takedown = staydown.take_down(picture, nudity=True)["takedown_id"]
    before = decoded(staydown)
    assert [one["takedown_id"] for one in asked(staydown, picture)["matches"]] == [takedown]
    assert decoded(staydown) == before
    headers = staydown.headers(Role.SENIOR)
    withdrawn = staydown.http.post(f"/v1/takedowns/{takedown}/withdraw", headers=headers, json={"reason": "a test"})
    assert withdrawn.status_code == 200, withdrawn.text
    assert asked(staydown, picture)["matches"] == []


def test_another_key_or_another_depth_has_the_file_decoded(staydown: Staydown) -> None:
    """How long an answer takes must not tell one key what another has sent."""
    picture = photo_bytes(913)
    asked(staydown, picture)
    before = decoded(staydown)
    asked(staydown, picture, name="another")
    asked(staydown, picture, depth="fast")
    assert decoded(staydown) == before + 2


def test_an_erasure_empties_it(staydown: Staydown) -> None:
    """Erased means gone; perhaps what was asked about shows it, too. Each process hears of it like of a change."""
    picture = photo_bytes(914)
    asked(staydown, picture)
    service = staydown.service
    assert service.memory.hashed.size_bytes > 0
    case_id = staydown.report(photo_bytes(915))["case_id"]
    with service.writing() as uow:
        uow.media.erase([one.id for one in uow.media.of_case(case_id)])
    service.loop_barrier.follow()
    assert service.memory.hashed.size_bytes == 0


class Clock:
    """Seconds that pass when a test says so."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="module")
def hashed() -> HashedImage:
    """Return a picture as it is hashed."""
    return InProcess().hash_image(photo_bytes(916), features=Features.ASKED)


def sent(number: int) -> Sent:
    """Return what tells one of several files from the others."""
    return Sent("key_1", bytes([number]) * 32, Features.ASKED)


def test_it_is_forgotten_after_its_seconds_asked_for_or_not(hashed: HashedImage) -> None:
    """It is kept for a moment, whoever asks for it meanwhile."""
    clock = Clock()
    lately = HashedLately(60.0, now=clock)
    lately.keep(sent(1), hashed)
    clock.now_s += 59.9
    assert lately.find(sent(1)) is hashed
    clock.now_s += 0.1
    lately.forget_old()
    assert lately.size_bytes == 0
    assert lately.find(sent(1)) is None


def test_it_is_no_larger_than_it_may_be(hashed: HashedImage) -> None:
    """Many files within a minute push the first of them out."""
    one = HashedLately(60.0)
    one.keep(sent(1), hashed)
    lately = HashedLately(60.0, most_bytes=3 * one.size_bytes)
    for number in range(10):
        lately.keep(sent(number), hashed)
        lately.keep(sent(number), hashed)  # by two requests at once: counted once
    assert lately.size_bytes == 3 * one.size_bytes
    assert [number for number in range(10) if lately.find(sent(number))] == [7, 8, 9]


def test_nothing_is_kept_where_nothing_is_to_be_kept(hashed: HashedImage) -> None:
    """Zero seconds is off; and a preview is never kept, for it is the picture."""
    off, on = HashedLately(0.0), HashedLately(60.0)
    off.keep(sent(1), hashed)
    on.keep(sent(1), replace(hashed, preview=b"a picture"))
    assert off.size_bytes == on.size_bytes == 0
