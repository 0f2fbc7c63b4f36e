"""Known pairs are shown in between, by forms alone; the page does not say that they are known, and nothing follows."""

import io
import re
from collections.abc import Iterator

import pytest
from httpx2 import Response
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.api.console.browsers import Browser, Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg
from tests.helpers.running.waiting import eventually

PAIRS = "/console/settings/known-pairs"


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service in which every decision is followed by a look, if there is a pair to show."""
    with running(settings_in(tmp_path_factory.mktemp("between"), known_pair_percent=100)) as service:
        yield service


def copies(staydown: Staydown, seed: int, count: int) -> list[str]:
    """Take a scene down and register copies of it; return their cases."""
    staydown.take_down(jpeg(scene(seed)))
    return [
        staydown.upload(f"between-{seed}-{n}", jpeg(edited(scene(seed), caption=f"look {n}")))["case_id"]
        for n in range(count)
    ]


def decide(browser: Browser, case_id: str, outcome: str = "uphold") -> Response:
    """Decide a case by its form; return where it leads."""
    sent = browser.send(f"/console/cases/{case_id}/decision", outcome=outcome, override_reason="the same house")
    assert sent.status_code == 200, sent.text
    return sent


def plant(browser: Browser, first: bytes, second: bytes, known: str | None = "copy") -> Response:
    """Plant two files."""
    fields = {"form_token": browser.form_token, **({"known": known} if known else {})}
    files = [("media", ("a.jpg", first)), ("media", ("b.jpg", second))]
    return browser.http.post(PAIRS, data=fields, files=files)


def test_planted_case_is_shown_after_a_decision_of_somebody_else_and_the_queue_goes_on(console: Console) -> None:
    """Without where it is from, or that it is known; the answer is counted, and the case stays as it was."""
    staydown = console.staydown
    alex, kim = console.browser(Role.MODERATOR, "alex"), console.browser(Role.MODERATOR, "kim")
    senior = console.browser(Role.SENIOR)
    first, second, _, fourth, _ = copies(staydown, 96, 5)  # the third is taken by who decided the second
    assert "/looks/" not in str(decide(alex, first).url)
    assert "Plant as a known pair" not in alex.get(f"/console/cases/{first}")
    assert "Plant as a known pair" in senior.get(f"/console/cases/{first}")
    assert first in senior.send(f"{PAIRS}/of-case", case_id=first).text
    assert "Plant as a known pair" not in senior.get(f"/console/cases/{first}")
    assert "/looks/" not in str(decide(alex, second).url)
    shown = decide(kim, fourth)
    address = str(shown.url.path)
    assert address.startswith("/console/looks/look_")
    assert "Decided: a copy." in shown.text
    for told in (first, "pair_", "alex"):
        assert told not in shown.text
    drawings = re.findall(rf'src="({address}/drawings/\w+\.png)"', shown.text)
    assert len(drawings) == 3
    for one in drawings:
        picture = kim.http.get(one)
        assert picture.headers["content-type"] == "image/png"
        assert min(Image.open(io.BytesIO(picture.content)).size) > 100
        assert alex.http.get(one).status_code == 404
    assert alex.http.get(address).status_code == 404
    before = staydown.get(f"/v1/cases/{first}")["decisions"]
    answered = kim.send(f"{address}?done={shown.url.params['done']}", said="no_copy")
    assert re.match(r"/console/cases/case_", answered.url.path)
    assert staydown.get(f"/v1/cases/{first}")["decisions"] == before
    assert kim.send(address, said="copy").status_code == 409
    assert kim.http.get(address).url.path == "/console"
    assert "In the last 90 days you said of 0 of 1 what is known" in kim.get("/console/you")
    assert "what is known" not in alex.get("/console/you")
    figures = eventually(lambda: senior.get("/console/statistics"), lambda text: "Counted" in text)
    assert "0 of 1 answers say what is known." in figures
    assert re.search(r"<h3>By person</h3>.*kim", figures, re.DOTALL)
    assert "By person" not in kim.get("/console/statistics")
    assert ">0 / 1</td>" in senior.get(PAIRS)


def test_pair_of_two_files_is_drawn_and_shown_until_it_is_taken_off(console: Console) -> None:
    """What is no pair is refused where it was chosen."""
    staydown = console.staydown
    senior, sam = console.browser(Role.SENIOR), console.browser(Role.MODERATOR, "sam")
    one, other = jpeg(scene(98)), jpeg(edited(scene(98)))
    for wrong in (
        plant(senior, one, other, known=None),
        plant(senior, one, b""),
        plant(senior, one, b"no picture at all"),
    ):
        assert wrong.status_code in (415, 422), wrong.text
        assert 'role="alert"' in wrong.text
    planted = plant(senior, one, other)
    assert planted.status_code == 200
    pair_id = re.findall(rf"{PAIRS}/(pair_\w+)/remove", planted.text)[-1]
    uploads = staydown.service
    with uploads.reading() as uow:
        assert uow.known_pairs.drawing(pair_id, "copy")[:4] == b"\x89PNG"
    for case_id in copies(staydown, 99, 3):
        shown = decide(sam, case_id)
        if shown.url.path.startswith("/console/looks/"):
            address = shown.url.path
            drawing = sam.http.get(f"{address}/drawings/copy.png")
            sam.send(address, said="copy")
    assert drawing.content[:4] == b"\x89PNG"
    assert "1 of 1" in re.sub(r"\s+", " ", sam.get("/console/you")) or "2 of 2" in sam.get("/console/you")
    assert pair_id not in senior.send(f"{PAIRS}/{pair_id}/remove").text
    with uploads.reading() as uow:
        assert uow.known_pairs.drawing(pair_id, "copy") is None
    assert senior.send(f"{PAIRS}/{pair_id}/remove").status_code == 409


def test_moderator_neither_sees_nor_plants_known_pairs(console: Console) -> None:
    """Whoever may be asked is not told what is known; by hand it is refused."""
    moderator = console.browser(Role.MODERATOR, "alex")
    assert PAIRS not in moderator.get("/console")
    assert moderator.http.get(PAIRS).status_code == 403
    assert moderator.send(f"{PAIRS}/of-case", case_id="case_1").status_code == 403
    assert moderator.send(f"{PAIRS}/pair_1/remove").status_code == 403
    assert plant(moderator, jpeg(scene(1)), jpeg(scene(2))).status_code == 403
    assert console.browser(Role.AUDITOR).http.get(PAIRS).status_code == 403
    assert console.browser(Role.SENIOR).send(f"{PAIRS}/of-case", case_id="case_1").status_code == 404
