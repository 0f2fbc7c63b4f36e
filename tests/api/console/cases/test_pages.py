"""A case's page without JavaScript: looked at, learned about, decided, undone; every step a form."""

import io
import json
import re

import pytest
from PIL import Image

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.api.console.browsers import Browser, Console
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}"""


def copy_of(staydown: Staydown, seed: int, **upload: object) -> str:
    """Take a scene down, register an edited copy of it, and return the case that a person decides."""
    staydown.take_down(jpeg(scene(seed)))
    found = staydown.upload(f"post-{seed}", jpeg(edited(scene(seed), caption=f"number {seed**3}")), **upload)
    assert found["verdict"] == "hold", found
    return found["case_id"]


def case_of(page: str) -> str:
    """Return which case a page shows."""
    return re.findall(r'<main[^>]* data-case="(case_\w+)"', page)[0]


def case_on_record(staydown: Staydown, case_id: str) -> dict:
    """Read a case as the API shows it."""
    return staydown.get(f"/v1/cases/{case_id}")


def state(staydown: Staydown, case_id: str) -> str:
    """Return where a case stands."""
    return case_on_record(staydown, case_id)["state"]


def drawing(browser: Browser, case_id: str, name: str) -> Image.Image:
    """Read a drawing of a case."""
    answered = browser.http.get(f"/console/cases/{case_id}/drawings/{name}.png")
    assert answered.status_code == 200, answered.text
    assert answered.headers["cache-control"] == "no-store"
    return Image.open(io.BytesIO(answered.content))


def test_page_says_what_was_done_to_the_copy_before_anything_else(console: Console) -> None:
    """A sentence, then drawings, then what the policy says and the sentences it rests on."""
    case_id = copy_of(console.staydown, 1)
    page = console.browser(Role.MODERATOR).get(f"/console/cases/{case_id}")
    assert case_of(page) == case_id
    heading = re.findall(r"<h1>(.*?)</h1>", page)[0]
    assert heading.startswith("Mirrored, cropped to")
    assert page.index(heading) < page.index("drawings/original.png") < page.index("The policy recommends")
    assert "Look at the context" in page
    assert "The platform further added that it will assess the context" in page


def test_drawings_show_both_sides_and_one_row_says_who_looked(console: Console) -> None:
    """Without a photo; and a page asks for several at once."""
    case_id = copy_of(console.staydown, 2)
    browser = console.browser(Role.MODERATOR)
    sizes = {drawing(browser, case_id, name).size for name in ("original", "laid", "beneath", "difference")}
    assert len(sizes) == 1
    assert drawing(browser, case_id, "copy").size != sizes.pop()
    looked = [one["action"] for one in case_on_record(console.staydown, case_id)["history"]]
    assert looked.count("case:drawing:viewed") == 1
    assert "case:media:viewed" not in looked


def test_photo_is_shown_when_asked_for_and_each_look_is_on_record(console: Console) -> None:
    """By the same door as the API's."""
    case_id = copy_of(console.staydown, 3)
    browser = console.browser(Role.MODERATOR)
    for _ in range(2):
        answered = browser.http.get(f"/console/cases/{case_id}/media/0")
        assert answered.headers["content-type"] == "image/jpeg"
        assert answered.headers["cache-control"] == "no-store"
    looked = [one["action"] for one in case_on_record(console.staydown, case_id)["history"]]
    assert looked.count("case:media:viewed") == 2


def test_facts_change_the_recommendation_before_and_after_they_are_saved(console: Console) -> None:
    """Tried out they change nothing; saved they are on record."""
    case_id = copy_of(console.staydown, 4)
    browser = console.browser(Role.MODERATOR)
    sent = {
        "facts": "x",
        "fact.reporter_depicted": "on",
        "fact.non_consent_stated": "on",
        "fact.context_assessed": "on",
    }
    tried = browser.send(f"/console/cases/{case_id}/recommendation", **sent)
    assert re.search(r"advice-outcome..<span>Remove<", tried.text)
    assert not case_on_record(console.staydown, case_id)["facts"]["context_assessed"]
    headers = {"X-Form-Token": browser.form_token}
    part = browser.http.post(f"/console/cases/{case_id}/recommendation", data=sent, headers=headers).text
    assert "<html" not in part
    assert 'id="advice"' in part
    saved = browser.send(f"/console/cases/{case_id}/facts", **sent)
    assert saved.url.path == f"/console/cases/{case_id}"
    assert case_on_record(console.staydown, case_id)["facts"]["context_assessed"]


def test_decision_is_made_and_the_next_case_of_the_list_is_shown_with_a_way_back(console: Console) -> None:
    """The next one is held by who works, before they see it."""
    first, second = copy_of(console.staydown, 5), copy_of(console.staydown, 6)
    browser = console.browser(Role.MODERATOR, "decider")
    address = f"/console/cases/{first}/decision?queue=matches"
    answered = browser.send(address, outcome="uphold", override_reason="the same house", note="seen by its text")
    shown = case_of(answered.text)
    assert shown != first
    assert dict(answered.url.params)["queue"] == "matches"
    assert "Decided: a copy." in answered.text
    assert case_on_record(console.staydown, shown)["claimed_by"]["name"] == "decider"
    decided = case_on_record(console.staydown, first)
    assert decided["state"] == "decided"
    made = decided["decisions"][0]
    assert (made["decided_by"]["name"], made["override_reason"], made["note"]) == (
        "decider",
        "the same house",
        "seen by its text",
    )
    assert second in {shown, *re.findall(r"case_\w+", browser.get("/console?queue=matches"))}


def test_undone_decision_shows_its_case_again_open_and_held(console: Console) -> None:
    """A slip of the finger costs one key."""
    case_id = copy_of(console.staydown, 7)
    browser = console.browser(Role.MODERATOR, "undoer")
    answered = browser.send(f"/console/cases/{case_id}/decision", outcome="reject")
    undo = re.findall(r'action="(/console/decisions/dec_\w+/undo[^"]*)"', answered.text)[0]
    assert state(console.staydown, case_id) == "decided"
    back = browser.send(undo)
    assert case_of(back.text) == case_id
    assert state(console.staydown, case_id) == "open"
    assert "held by you" in back.text
    assert console.browser(Role.MODERATOR, "somebody else").send(undo).status_code == 403


def test_decision_against_the_recommendation_asks_why_and_keeps_what_was_typed(console: Console) -> None:
    """Nothing is decided meanwhile."""
    case_id = copy_of(console.staydown, 8)
    browser = console.browser(Role.MODERATOR)
    answered = browser.send(f"/console/cases/{case_id}/decision", outcome="uphold", note="a note to keep")
    assert answered.status_code == 422
    assert "Say why you decide otherwise; it is kept." in answered.text
    assert "a note to keep" in answered.text
    assert state(console.staydown, case_id) == "open"


def test_reporter_is_asked_with_a_question_and_the_case_stays_open(console: Console) -> None:
    """Without one nothing is sent."""
    case_id = console.staydown.report(jpeg(scene(9)))["case_id"]
    browser = console.browser(Role.MODERATOR)
    address = f"/console/cases/{case_id}/decision"
    assert "Write what you want to know" in browser.send(address, outcome="request_information").text
    browser.send(address, outcome="request_information", question="Where was it posted?", override_reason="to find it")
    page = browser.get(f"/console/cases/{case_id}")
    assert "Where was it posted?" in page
    assert state(console.staydown, case_id) == "open"
    browser.send(f"/console/cases/{case_id}/messages", text="Thank you, we look at it.")
    assert "Thank you, we look at it." in browser.get(f"/console/cases/{case_id}")


def test_decision_above_a_limit_waits_for_a_second_person_who_approves_on_the_page(console: Console) -> None:
    """Who decided is refused."""
    staydown = console.staydown
    case_id = staydown.report(jpeg(scene(10)), facts={"nudity": True, "harass_purpose": True})["case_id"]
    entry = staydown.http.post(
        "/v1/protected",
        headers=staydown.headers(Role.ADMIN),
        data={"protected": json.dumps({"reason": "news"})},
        files={"media": ("x.jpg", jpeg(scene(10)))},
    )
    assert entry.status_code == 201, entry.text
    senior, other = console.browser(Role.SENIOR, "first senior"), console.browser(Role.SENIOR, "second senior")
    senior.send(f"/console/cases/{case_id}/decision", outcome="uphold", override_reason="it is")
    assert state(staydown, case_id) == "awaiting_approval"
    approve = re.findall(r'action="(/console/decisions/dec_\w+/approve)', other.get(f"/console/cases/{case_id}"))[0]
    assert senior.send(approve).status_code == 403
    assert other.send(approve).status_code == 200
    assert state(staydown, case_id) == "decided"


def test_words_of_strangers_are_shown_as_words(console: Console) -> None:
    """Whoever reports or posts writes what they like into every field."""
    staydown = console.staydown
    case_id = copy_of(staydown, 11, post_text=HOSTILE, url=f"https://x.example/{HOSTILE}", uploader_id=HOSTILE)
    hurt = {"relation": "subject", "name": HOSTILE, "contact": HOSTILE, "authority_evidence": HOSTILE}
    words = {"non_consent": True, "good_faith": True, "signature": HOSTILE, "explanation": HOSTILE}
    content = {"url": f"https://x.example/{HOSTILE}", "post_text": HOSTILE, "uploader_id": HOSTILE}
    reported = staydown.report(jpeg(scene(12)), reporter=hurt, statement=words, content=content)["case_id"]
    browser = console.browser(Role.MODERATOR)
    browser.send(f"/console/cases/{reported}/messages", text=HOSTILE)
    for page in (browser.get(f"/console/cases/{one}") for one in (case_id, reported)):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
        assert "{{7*7}}" in page


def test_places_to_look_at_are_marked_in_what_was_posted(console: Console) -> None:
    """A phone number is seen before the text is read."""
    case_id = copy_of(console.staydown, 13, post_text="Call her on +44 20 7946 0958, she waits")
    page = console.browser(Role.MODERATOR).get(f"/console/cases/{case_id}")
    assert '<mark title="looks like: phone number">+44 20 7946 0958' in page


def test_auditor_reads_and_is_shown_nothing_to_press(console: Console) -> None:
    """And what they send by hand is refused."""
    case_id = copy_of(console.staydown, 14)
    browser = console.browser(Role.AUDITOR)
    page = browser.get(f"/console/cases/{case_id}")
    assert "Your role reads cases" in page
    assert "outcome" not in re.findall(r'name="(\w+)"', page)
    assert browser.send(f"/console/cases/{case_id}/decision", outcome="reject").status_code == 403
    assert state(console.staydown, case_id) == "open"


def test_case_about_somebody_under_age_leaves_the_route_by_a_form(console: Console) -> None:
    """It names the steps, keeps no picture, and is referred, neither upheld nor rejected."""
    case_id = console.staydown.report(jpeg(scene(15)))["case_id"]
    browser = console.browser(Role.MODERATOR)
    page = browser.send(f"/console/cases/{case_id}/minor", minor="true").text
    assert "The person shown may be under 18" in page
    assert "CyberTipline" in page
    assert "/drawings/" not in page
    assert 'value="uphold"' not in page
    assert browser.send(f"/console/cases/{case_id}/decision", outcome="refer").status_code == 200
    assert state(console.staydown, case_id) == "decided"


@pytest.mark.parametrize("path", ["case_0", "case_0/drawings/copy.png", "case_0/media/0"])
def test_case_that_is_not_there_is_a_page_that_says_so(console: Console, path: str) -> None:
    """A link in an old message."""
    assert "there is no case" in console.browser(Role.MODERATOR).get(f"/console/cases/{path}", 404)


def test_copy_is_laid_where_the_files_say_it_lies_though_its_preview_is_too_small_to_be_sure(console: Console) -> None:
    """A match by local features alone: without this its page had neither dots, nor an outline, nor a difference."""
    console.staydown.take_down(jpeg(scene(41)))
    copy = jpeg(edited(scene(41), caption="68921 seen, 1"))
    case_id = console.staydown.upload("too small to be sure", copy)["case_id"]
    browser = console.browser(Role.MODERATOR)
    assert drawing(browser, case_id, "difference").size == drawing(browser, case_id, "original").size


def test_next_case_is_drawn_ahead_and_nobody_is_on_record_for_it(console: Console, monkeypatch) -> None:
    """What is then asked for is there, and that is on record as ever."""
    staydown, browser = console.staydown, console.browser(Role.MODERATOR)
    first, second = (staydown.report(jpeg(scene(seed)))["case_id"] for seed in (141, 142))
    page = browser.get(f"/console/cases/{first}?order=newest")
    ahead = re.findall(r'data-ahead="([^"]+)"', browser.get(f"/console/cases/{second}?order=newest"))
    assert ahead == [f"/console/cases/{first}/ahead"]
    assert 'rel="prefetch"' not in page
    answered = browser.http.get(f"/console/cases/{second}/ahead")
    assert (answered.status_code, answered.content) == (204, b"")
    opened = [one["action"] for one in case_on_record(staydown, first)["history"]]
    monkeypatch.setattr(staydown.service.sandbox, "run", lambda *_, **__: pytest.fail("it was drawn again"))
    assert drawing(browser, second, "copy").width == 512
    assert "case:drawing:viewed" in [one["action"] for one in case_on_record(staydown, second)["history"]]
    assert "case:drawing:viewed" not in opened
    assert browser.http.get("/console/cases/case_none/ahead").status_code == 404


def test_report_by_hashes_alone_has_a_page_without_drawings(console: Console) -> None:
    """There is nothing to look at, and the page says so."""
    signals = [{"type": "pdq/1", "value": "ab" * 32, "quality": 100}]
    case_id = console.staydown.report_signals(*signals)["case_id"]
    browser = console.browser(Role.MODERATOR)
    page = browser.get(f"/console/cases/{case_id}")
    assert "There is nothing to look at" in page
    assert "/drawings/" not in page
    assert "sent as signals only" in browser.get(f"/console/cases/{case_id}/drawings/copy.png", 404)
