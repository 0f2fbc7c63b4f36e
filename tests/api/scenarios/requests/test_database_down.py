"""The database goes away and comes back: what goes on meanwhile, what is refused, and that nobody need do anything."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import delete

from api.settings import Settings
from casework.domain.actor import Role
from casework.persistence import tables
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.proxy import Door, door_to
from tests.helpers.counterparts.receiver import SECRET, receiver
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.records.databases import Databases
from tests.helpers.records.empty_records import migrated
from tests.helpers.running.waiting import eventually

INTIMATE = {"nudity": True}


@dataclass
class Away:
    """A service whose database can be taken away."""

    staydown: Staydown
    door: Door

    def take_down(self, value: str) -> str:
        """Report a value and uphold the report; return the takedown."""
        filed = self.staydown.report_signals({"type": "pdq/1", "value": value, "quality": 100}, facts=INTIMATE)
        return self.staydown.uphold(filed["case_id"])["takedown_id"]

    def copy(self) -> None:
        """Let index and copy catch up now, rather than soon."""
        self.staydown.service.replica.catch_up()
        self.staydown.service.standby.follow(self.staydown.service.follower)

    def ask(self, value: str):
        """Ask about a value and return the response."""
        body = {"signals": [{"type": "pdq/1", "value": value}]}
        return self.staydown.http.post("/v1/match", headers=self.staydown.headers(Role.PIPELINE), json=body)

    def write(self):
        """File a report and return the response."""
        body = {
            "report": {"reporter": {"relation": "subject"}, "statement": {"non_consent": True}},
            "signals": [{"type": "pdq/1", "value": secrets.token_hex(32), "quality": 100}],
        }
        headers = {**self.staydown.headers(Role.INTAKE), "Idempotency-Key": "only-once"}
        return self.staydown.http.post("/v1/reports", headers=headers, json=body)

    def read(self):
        """List cases and return the response."""
        return self.staydown.http.get("/v1/cases", headers=self.staydown.headers(Role.ADMIN))


def behind_a_door(databases: Databases, folder: Path, **settings: object) -> Iterator[Away]:
    """Run a service over PostgreSQL behind a door."""
    with databases.fresh(like=migrated(databases)) as url, door_to(url) as door:
        chosen: Settings = settings_in(folder, database_url=door.url, **settings)
        with running(chosen) as staydown:
            for role in Role:
                if role is not Role.PUBLIC:
                    staydown.key(role)
            yield Away(staydown, door)
            door.open()


@pytest.fixture(scope="module")
def available(postgresql: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    """Run one that goes on matching."""
    folder = tmp_path_factory.mktemp("available")
    yield from behind_a_door(
        postgresql, folder, when_database_down="available", allow_private_destinations=True, retry_first_s=0.05
    )


@pytest.fixture(scope="module")
def strict(postgresql: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    """Run one that does not, as by default."""
    yield from behind_a_door(postgresql, tmp_path_factory.mktemp("strict"))


def test_strict_answers_nothing_without_the_record_and_recovers_by_itself(strict: Away) -> None:
    """Read your takedown: who cannot look does not answer, and the first question afterwards is answered exactly."""
    value = secrets.token_hex(32)
    takedown = strict.take_down(value)
    strict.door.shut()
    refused = [strict.ask(value), strict.write(), strict.read()]
    assert [one.status_code for one in refused] == [503] * 3
    assert {one.headers["content-type"] for one in refused} == {"application/problem+json"}
    assert strict.staydown.http.get("/readyz").status_code == 503
    assert strict.staydown.http.get("/healthz").status_code == 200
    strict.door.open()
    answered = strict.ask(value)
    assert answered.status_code == 200, answered.text
    assert [one["takedown_id"] for one in answered.json()["matches"]] == [takedown]
    assert answered.json()["stale"] is False
    assert strict.staydown.http.get("/readyz").status_code == 200
    assert strict.write().status_code == 201


def test_broken_connections_alone_are_noticed_by_nobody(strict: Away) -> None:
    """A database that was restarted between two requests costs no request."""
    value = secrets.token_hex(32)
    takedown = strict.take_down(value)
    for _ in range(3):
        strict.door.shut()
        strict.door.open()
        assert [one["takedown_id"] for one in strict.ask(value).json()["matches"]] == [takedown]
        assert strict.read().status_code == 200


def test_available_goes_on_matching_and_says_that_it_is_stale(available: Away) -> None:
    """Uploads go on being stopped while the record is away; whatever would be written is refused."""
    value = secrets.token_hex(32)
    takedown = available.take_down(value)
    before = available.ask(value).json()
    available.copy()
    available.door.shut()
    after = available.ask(value)
    assert after.status_code == 200, after.text
    assert (before.pop("stale"), after.json().pop("stale")) == (False, True)
    assert {**after.json(), "stale": None} == {**before, "stale": None}
    assert (after.json()["verdict"], after.json()["matches"][0]["takedown_id"]) == ("hold", takedown)
    assert available.ask(secrets.token_hex(32)).json()["verdict"] == "allow"
    assert [available.write().status_code, available.read().status_code] == [503, 503]
    ready = available.staydown.http.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["matching"][:5]) == (200, "stale")
    available.door.open()


def test_what_the_copy_does_not_know_is_held(available: Away) -> None:
    """A takedown decided in the last moment is not allowed because its story was not copied yet."""
    value = secrets.token_hex(32)
    available.take_down(value)
    available.copy()
    available.door.shut()
    with available.staydown.service.standby.engine.connect() as copy, copy.begin():
        copy.execute(delete(tables.items))
    found = available.ask(value).json()
    available.door.open()
    assert (found["verdict"], found["matches"], found["stale"]) == ("hold", [], True)


def test_batch_says_that_it_is_stale(available: Away) -> None:
    """Pipelines that ask in batches are told as well."""
    value = secrets.token_hex(32)
    available.take_down(value)
    available.copy()
    available.door.shut()
    body = {"items": [{"id": "a", "signals": [{"type": "pdq/1", "value": value}]}]}
    headers = available.staydown.headers(Role.PIPELINE)
    answered = available.staydown.http.post("/v1/match/batch", headers=headers, json=body).json()
    empty = available.staydown.http.post("/v1/match/batch", headers=headers, json={"items": []}).json()
    available.door.open()
    assert (answered["stale"], answered["items"][0]["verdict"], empty["stale"]) == (True, "hold", True)


def test_part_of_a_picture_is_found_too(available: Away) -> None:
    """What needs keypoints and pixels of the reference is answered from the copy as well."""
    picture = photo(700)
    report = available.staydown.report(encoded(picture), facts=INTIMATE)
    takedown = available.staydown.uphold(report["case_id"])["takedown_id"]
    width, height = picture.size
    part = encoded(picture.crop((width // 6, height // 6, width, height)), quality=60)
    available.copy()
    available.door.shut()
    headers = available.staydown.headers(Role.PIPELINE)
    answered = available.staydown.http.post("/v1/match", headers=headers, files={"media": ("a", part)}).json()
    available.door.open()
    assert answered["stale"] is True
    assert answered["verdict"] != "allow"
    assert [one["takedown_id"] for one in answered["matches"]] == [takedown]


def test_withdrawn_takedown_leaves_the_copy(available: Away) -> None:
    """Reversal equals takedown, also while the database is away; and its values are erased there too."""
    value = secrets.token_hex(32)
    takedown = available.take_down(value)
    available.copy()
    headers = available.staydown.headers(Role.SENIOR)
    path = f"/v1/takedowns/{takedown}/withdraw"
    assert available.staydown.http.post(path, headers=headers, json={"reason": "no"}).status_code == 200
    available.copy()
    available.door.shut()
    found = available.ask(value).json()
    available.door.open()
    assert (found["verdict"], found["matches"], found["stale"]) == ("allow", [], True)


def test_unknown_key_is_told_to_come_again(available: Away) -> None:
    """A key made in the last moment is not called unknown by a copy that is behind."""
    available.copy()
    available.door.shut()
    headers = {"Authorization": "Bearer sdk_nobody"}
    refused = available.staydown.http.post("/v1/match", headers=headers, json={"signals": []})
    available.door.open()
    assert refused.status_code == 503


def test_worker_goes_on_when_the_database_is_back(available: Away) -> None:
    """Nothing is lost: what was decided around an outage reaches destinations, and earlier uploads, by itself."""
    with receiver() as noted:
        body = {"name": "sound", "kind": "webhook", "url": noted.url, "secret": SECRET, "events": ["takedown.created"]}
        headers = available.staydown.headers(Role.ADMIN)
        assert available.staydown.http.post("/v1/destinations", headers=headers, json=body).status_code == 201
        takedowns = []
        for _ in range(3):
            available.door.shut()
            assert available.write().status_code == 503
            available.door.open()
            takedowns.append(available.take_down(secrets.token_hex(32)))
        eventually(
            lambda: {available.staydown.get(f"/v1/takedowns/{one}/lookback")["state"] for one in takedowns},
            lambda states: states == {"done"},
        )
        eventually(lambda: {one.data["takedown_id"] for one in noted.taken}, lambda told: told >= set(takedowns))
