"""A video's frames are looked for before its registration's transaction, and nothing slips in between."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api.media.answers import registering
from api.media.hashing import hash_file, submitted
from api.schemas.uploads import UploadIn
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.ports.search import Candidates, CandidateSearch, Codes, NearItems, Suspects
from casework.steps.finding.matching import Question, answer, if_still_current, look_ahead
from matcher.signals.local import QueryFeatures
from tests.api.conftest import TESTER, Staydown
from tests.helpers.media.videos import scene, write_video


class CountingSearch:
    """Searches, and counts how often hashes of takedowns were asked for."""

    def __init__(self, search: CandidateSearch) -> None:
        self._search = search
        self.asked = 0

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        self.asked += collection is Collection.TAKEDOWNS
        return self._search.find(collection, questions)

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        self.asked += collection is Collection.TAKEDOWNS
        return self._search.near(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        return self._search.find_local(collection, features, limit=limit)


def film(folder: Path, seed: int) -> Path:
    return write_video(folder / f"{seed}.mp4", scene(seed, frames=15, pan_px=8), every=10)


def begun(staydown: Staydown, path: Path):
    """Hash an upload and look for it, as a request does before its transaction; return that transaction's work."""
    hashed = hash_file(staydown.service.sandbox, path)
    media = submitted(staydown.service, hashed, keep_preview=False)
    return registering(staydown.service, TESTER, UploadIn(upload_id=path.stem, depth="fast"), media, hashed.query)


def test_takedown_after_the_look_is_not_missed(staydown: Staydown, tmp_path: Path) -> None:
    """Between a look and a commit there is time for a decision."""
    path = film(tmp_path, 8100)
    work = begun(staydown, path)
    staydown.take_down(path.read_bytes(), nudity=True)
    with staydown.service.writing() as uow:
        assert work(uow).verdict == "block"


def test_reversal_after_the_look_is_not_missed(staydown: Staydown, tmp_path: Path) -> None:
    """What was taken back blocks nobody."""
    path = film(tmp_path, 8110)
    takedown = staydown.take_down(path.read_bytes(), nudity=True)["takedown_id"]
    work = begun(staydown, path)
    headers = staydown.headers(Role.SENIOR)
    staydown.http.post(f"/v1/takedowns/{takedown}/withdraw", headers=headers, json={"reason": "withdrawn"})
    with staydown.service.writing() as uow:
        assert (done := work(uow)).verdict == "allow"
        assert done.matches == []


def test_transaction_does_not_search_again_for_nothing(staydown: Staydown, tmp_path: Path) -> None:
    """Whoever decides waits for the commit."""
    path = film(tmp_path, 8120)
    staydown.take_down(path.read_bytes(), nudity=True)
    query = hash_file(staydown.service.sandbox, path).query
    found = look_ahead(query, staydown.service.replica)
    search = CountingSearch(staydown.service.replica)
    with staydown.service.writing() as uow:
        ahead = answer([Question(query, found=if_still_current(found, uow))], uow, search)
        assert search.asked == 0
        assert ahead == answer([Question(query)], uow, search)
        assert search.asked == 1
