"""What questions by hashes will ask about is read ahead, and forgotten like all that is remembered."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.background.serving import remembering
from api.background.serving.remembering import remember_again, remember_newest
from api.replica.loop_barrier import LoopBarrier
from casework.domain.actor import Role
from casework.steps.finding.remembered import Remembered
from matcher.signals import is_hash
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service of its own, whose worker does not run."""
    with running(settings_in(tmp_path_factory.mktemp("remembering"), worker=False)) as service:
        yield service


def items_of(staydown: Staydown, takedown_id: str) -> set[int]:
    """Return the ids of a takedown's hashes."""
    with staydown.service.reading() as uow:
        return {one.id for one in uow.index_log.of_owner(takedown_id) if is_hash(one.signal.type)}


def filled(staydown: Staydown) -> Remembered:
    """Forget everything, and read ahead."""
    memory = staydown.service.memory.takedowns
    staydown.service.loop_barrier.follow()
    memory.forget_everything()
    remember_newest(staydown.service, threading.Event())
    return memory


def test_after_a_start_no_question_has_to_read_what_stands(staydown: Staydown) -> None:
    """A process that has just begun answers as fast as one that has met them all."""
    stands = staydown.take_down(photo_bytes(811))["takedown_id"]
    known = filled(staydown).known(items_of(staydown, stands))
    assert known is not None
    assert known.takedowns.keys() == {stands}


def test_local_features_take_no_room(staydown: Staydown) -> None:
    """They are most of what a picture has, and no question by hashes is compared with them."""
    stands = staydown.take_down(photo_bytes(812))["takedown_id"]
    known = filled(staydown).known(items_of(staydown, stands))
    assert known is not None
    types = {signal.type for media in known.media.values() for signal in media.signals}
    assert "pdq/1" in types
    assert "local/1" not in types


def test_what_was_read_ahead_is_forgotten_when_it_is_withdrawn_though_nobody_asks(staydown: Staydown) -> None:
    """What people took back must not wait in memory for a question."""
    stands = staydown.take_down(photo_bytes(813))["takedown_id"]
    items = items_of(staydown, stands)
    memory = filled(staydown)
    assert memory.known(items) is not None
    address = f"/v1/takedowns/{stands}/withdraw"
    response = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json={"reason": "a mistake"})
    assert response.status_code == 200, response.text
    staydown.service.loop_barrier.follow()
    assert memory.known(items) is None


def test_what_is_taken_down_later_is_read_before_anybody_asks_about_it(staydown: Staydown) -> None:
    """The first copy of a new takedown is answered like any other."""
    memory = filled(staydown)
    stands = staydown.take_down(photo_bytes(815))["takedown_id"]
    staydown.service.loop_barrier.follow()
    assert memory.known(items_of(staydown, stands)) is None
    assert remember_again(staydown.service, threading.Event()) > 0
    known = memory.known(items_of(staydown, stands))
    assert known is not None
    assert known.takedowns.keys() == {stands}
    assert remember_again(staydown.service, threading.Event()) == 0


def test_what_was_withdrawn_is_not_read_again(staydown: Staydown) -> None:
    """It changed, and there is nothing left of it to be asked about."""
    stands = staydown.take_down(photo_bytes(816))["takedown_id"]
    items = items_of(staydown, stands)
    memory = filled(staydown)
    address = f"/v1/takedowns/{stands}/withdraw"
    response = staydown.http.post(address, headers=staydown.headers(Role.SENIOR), json={"reason": "a mistake"})
    assert response.status_code == 200, response.text
    staydown.service.loop_barrier.follow()
    assert remember_again(staydown.service, threading.Event()) == 0
    assert memory.known(items) is None


def test_a_takedown_of_many_items_leaves_room_for_all_others(
    staydown: Staydown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a million hashes, imported today, must not push out every picture of a person."""
    older, newer = (staydown.take_down(photo_bytes(seed))["takedown_id"] for seed in (817, 818))
    monkeypatch.setattr(remembering, "OF_EACH", 1)
    monkeypatch.setattr(remembering, "_newest_items", lambda: lambda uow, items: None)
    memory = filled(staydown)
    for takedown in (older, newer):
        items = items_of(staydown, takedown)
        assert len(items) > 1
        assert len(items - memory.lacking(items)) == 1


def test_reading_ahead_stops_where_there_is_no_room(staydown: Staydown, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of a process stays within its bound, however many takedowns there are."""
    staydown.take_down(photo_bytes(814))
    memory = Remembered(most_bytes=100)
    monkeypatch.setattr(staydown.service.memory, "takedowns", memory)
    assert remember_newest(staydown.service, threading.Event()) <= 100
    assert memory.size_bytes <= 100


class Rests(threading.Event):
    """Notes how long would have been rested, and worked in between, and does not rest."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = self.worked_s = 0.0
        self.count = 0
        self._since = time.monotonic()

    def wait(self, timeout: float | None = None) -> bool:
        """Do not."""
        self.worked_s += time.monotonic() - self._since
        self.seconds += timeout or 0.0
        self.count += 1
        self._since = time.monotonic()
        return False


class Busy(LoopBarrier):
    """A barrier that questions pass all the time."""

    def __init__(self) -> None:
        self._looks = 0

    @property
    def questions(self) -> int:  # type: ignore[override]
        """How many have come: another one since anybody looked."""
        self._looks += 1
        return self._looks


@pytest.mark.parametrize("busy", [False, True])
def test_where_questions_come_reading_ahead_leaves_them_nearly_all_of_the_time(
    staydown: Staydown, *, busy: bool
) -> None:
    """What is read ahead is needed for no answer; who asks must not wait for it."""
    staydown.take_down(photo_bytes(819))
    service, rests = staydown.service, Rests()
    service.memory.takedowns.forget_everything()
    assert remember_newest(replace(service, loop_barrier=Busy()) if busy else service, rests)
    assert (rests.seconds > 4 * rests.worked_s) is busy


def test_where_questions_come_less_is_read_at_once(staydown: Staydown, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question waits for the interpreter's lock, again and again, until a reading is over."""
    for seed in (820, 821, 822):
        staydown.take_down(photo_bytes(seed))
    monkeypatch.setattr(remembering, "_ITEMS_WHILE_ASKED", 4)
    service, rests = staydown.service, {False: Rests(), True: Rests()}
    for busy, resting in rests.items():
        service.memory.takedowns.forget_everything()
        remember_newest(replace(service, loop_barrier=Busy()) if busy else service, resting)
    assert rests[True].count > rests[False].count


def test_what_was_read_is_left_to_no_collector_while_more_is_read(
    staydown: Staydown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end would be too late: the collector visits everything, again and again, until then."""
    staydown.take_down(photo_bytes(823))
    frozen: list[int] = []
    memory = staydown.service.memory.takedowns
    monkeypatch.setattr(remembering, "leave_to_no_collector", lambda: frozen.append(memory.size_bytes))
    monkeypatch.setattr(remembering, "_FREEZE_EVERY", 1)
    for name in ("_ITEMS", "_ITEMS_WHILE_ASKED"):
        monkeypatch.setattr(remembering, name, 4)
    memory.forget_everything()
    remember_newest(staydown.service, threading.Event())
    assert len(frozen) > 2
    assert 0 < frozen[0] <= frozen[-1] == memory.size_bytes
