"""
A service that is used, one at rest and one in trouble, each scraped now and then.

They run one after the other, each closed before the next: what is counted in a process goes to whoever publishes there.
"""

import gc
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import TooManyRequestsError
from api.http.watching.watched import Watched
from api.metrics import catalogue
from api.metrics.counting import take_noted
from api.metrics.shared import SharedMetrics
from api.security.keys import KeyTerms, create_key
from api.service import Service
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence.machine_files.shared_totals import SharedTotals
from matcher.sandbox.walls import Walls
from tests.api.conftest import TESTER, Staydown, running, settings_in
from tests.helpers.counterparts.receiver import SECRET, closed_url, receiver
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.media.videos import scene, write_video
from tests.helpers.running.scrapes import Series, parsed, total
from tests.helpers.running.waiting import eventually


@dataclass
class Watching:
    """
    A service, scraped now and then.

    Args:
        service: What it holds.
    """

    service: Service
    scrapes: list[dict[Series, float]] = field(default_factory=list)

    def scrape(self, *, of: Service | None = None) -> dict[Series, float]:
        """Scrape, with the record looked at anew; of the service with another part, if one is given."""
        self.scrapes.append(parsed(Watched(of or self.service).text().decode()))
        return self.scrapes[-1]

    @property
    def moved(self) -> set[str]:
        """The metrics of the catalogue with a series that was not the same in all scrapes."""
        seen = {one for scrape in self.scrapes for one in scrape}
        names = {one[0] for one in seen if len({scrape.get(one) for scrape in self.scrapes}) > 1}
        return {name for name in catalogue.METRICS if names & {name, f"{name}_sum"}}


@pytest.fixture(scope="session")
def used(tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """Use a service in every way that is counted."""
    settings = settings_in(
        tmp_path_factory.mktemp("used"),
        allow_private_destinations=True,
        retry_attempts=1,
        async_above_bytes=0,
        wrong_tries=1,
        untrusted_signals=True,
    )
    take_noted()
    with running(settings) as staydown, receiver() as heard:
        watching = Watching(staydown.service)
        watching.scrape()
        for url in (heard.url, closed_url()):
            add_destination(staydown, kind="webhook", url=url, secret=SECRET)
        staydown.upload("innocent", photo_bytes(700))
        staydown.take_down(photo_bytes(701), nudity=True)
        assert staydown.upload("copy", photo_bytes(701))["verdict"] == "block"
        send_odd_files(staydown, tmp_path_factory.mktemp("film"))
        ask_too_often(staydown)
        gc.collect()
        eventually(watching.scrape, lambda found: total(found, "staydown_deliveries", state="dead"))
        attempts = "staydown_delivery_attempts_total"
        eventually(watching.scrape, lambda found: total(found, attempts, outcome="delivered"))
        eventually(watching.scrape, lambda found: total(found, "staydown_jobs_ended_total", outcome="done"))
        return watching


def add_destination(staydown: Staydown, **place: str) -> None:
    """Add a destination that is sent takedowns."""
    body = {"name": "one", "events": ["takedown.created"], **place}
    response = staydown.http.post("/v1/destinations", headers=staydown.headers(Role.ADMIN), json=body)
    assert response.status_code == 201, response.text


def send_odd_files(staydown: Staydown, folder: Path) -> None:
    """Send a file that is no picture, and a film that is answered later."""
    pipeline = staydown.headers(Role.PIPELINE)
    film = write_video(folder / "a.mp4", scene(1, frames=10, pan_px=8), every=10).read_bytes()
    for data, status in ((b"\xff\xd8\xffno picture", 422), (film, 202)):
        assert staydown.http.post("/v1/match", headers=pipeline, files={"media": ("x", data)}).status_code == status


def ask_too_often(staydown: Staydown) -> None:
    """Pass a key's limit, guess keys, come with one file too many, and ask around one reference."""
    terms = KeyTerms("slow", Role.PIPELINE, trusted=False, requests_per_minute=60)
    with staydown.service.writing() as uow:
        key = {"Authorization": f"Bearer {create_key(uow, terms, actor=TESTER).key}"}
    [banked] = [one["value"] for one in staydown.hashed(photo_bytes(701)) if one["type"] == "pdq/1"]
    statuses = set()
    for flip in range(200):  # one bit of many that are turned: questions near each other, at the border
        value = f"{int(banked, 16) ^ ((1 << 27) - 1) ^ (1 << 30 + flip):064x}"
        asked = {"signals": [{"type": "pdq/1", "value": value}]}
        statuses.add(staydown.http.post("/v1/match", headers=key, json=asked).status_code)
    assert statuses == {200, 403, 429}  # answered, then found out, then too often
    for guess in range(3):
        staydown.http.get("/v1/stats", headers={"Authorization": f"Bearer wrong{guess}"})
    queue = staydown.service.pictures
    queue._waiting_per_key = 0
    with pytest.raises(TooManyRequestsError):
        queue.refuse_if_full("somebody")
    queue._waiting_per_key = 1


@pytest.fixture(scope="session")
def resting(used: Watching, tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """Leave undone all that a worker or a person would do."""
    with running(settings_in(tmp_path_factory.mktemp("resting"), worker=False, deep_budget_ms=0)) as staydown:
        service = staydown.service
        watching = Watching(service)
        watching.scrape()
        add_destination(staydown, kind="file", path="a.jsonl")
        takedown = staydown.take_down(photo_bytes(711))["takedown_id"]
        erase_a_rejected_report(staydown)
        staydown.upload("edited", photo_bytes(713))
        staydown.report(photo_bytes(714))
        with service.writing() as uow:
            uow.takedowns.update(replace(uow.takedowns.get(takedown), quarantined_at=uow.now))
        watching.scrape()
        for later in (timedelta(hours=40), timedelta(hours=60)):
            watching.scrape(of=replace(service, clock=Later(service.clock.now() + later)))
        service.indexes[Collection.TAKEDOWNS].seal()
        watching.scrape()
        return watching


@dataclass(frozen=True)
class Later:
    """A clock that stands."""

    moment: object

    def now(self) -> object:
        """Return when it stands."""
        return self.moment


def erase_a_rejected_report(staydown: Staydown) -> None:
    """Reject a report and ask for its erasure, which no worker carries out."""
    case = staydown.report(photo_bytes(712))
    decision = {"outcome": "reject", "override_reason": "it is a painting"}
    moderator, senior = staydown.headers(Role.MODERATOR), staydown.headers(Role.SENIOR)
    decided = staydown.http.post(f"/v1/cases/{case['case_id']}/decision", headers=moderator, json=decision)
    assert decided.status_code == 200, decided.text
    erasure = {"report_id": case["report_id"], "reason": "asked for"}
    asked = staydown.http.post("/v1/erasures", headers=senior, json=erasure)
    assert asked.status_code in (200, 201, 202), asked.text


@pytest.fixture(scope="session")
def troubled(resting: Watching, tmp_path_factory: pytest.TempPathFactory) -> Watching:
    """Lack walls, fail to merge, fall behind, keep files waiting, and lose the database."""
    folder = tmp_path_factory.mktemp("troubled")
    with running(settings_in(folder, worker=False)) as staydown:
        service = staydown.service
        watching = Watching(service)
        staydown.take_down(photo_bytes(721))
        watching.scrape()
        indexes = {**service.indexes, Collection.TAKEDOWNS: Unmerged(service.indexes[Collection.TAKEDOWNS])}
        of = replace(service, sandbox=Unwalled(), indexes=indexes, pictures=Crowded(), videos=Crowded())
        other = SharedMetrics(SharedTotals(service.settings.metrics_file))
        other.publish({("staydown_index_version", ("takedowns",)): 1.0, ("staydown_workers", ()): 1.0})
        watching.scrape(of=of)
        other.close()
        file = service.settings.data / "staydown.db"
        file.rename(folder / "aside.db")
        lost = watching.scrape()
        assert not {name for name, _ in lost} & {"staydown_cases", "staydown_index_newest_version"}
        (folder / "aside.db").rename(file)
        return watching


@dataclass(frozen=True)
class Unmerged:
    """An index whose last merge failed."""

    index: object

    def stats(self) -> object:
        """Say so."""
        return replace(self.index.stats(), last_maintenance_error="the disk is full")


class Unwalled:
    """A sandbox on a kernel without walls."""

    walls = Walls()


class Crowded:
    """A queue where files wait."""

    waiting, running = 3, 2
