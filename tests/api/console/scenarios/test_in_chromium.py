"""The console in a real browser: by keys alone, by two people, and without JavaScript."""

from playwright.sync_api import Browser, expect

from tests.api.console.pictures import scene
from tests.api.console.scenarios.desk import Desk
from tests.api.console.scenarios.people import press_and_go_on, shown, signed_in
from tests.helpers.media.pictures import jpeg


def decisions(desk: Desk, case_id: str) -> list[tuple[str, str]]:
    """List what was decided of a case, and whether it stands."""
    return [(one["outcome"], one["state"]) for one in desk.staydown.get(f"/v1/cases/{case_id}")["decisions"]]


def test_case_is_taken_compared_decided_and_undone_by_keys_alone(desk: Desk, browser: Browser) -> None:
    """From the queue to the next case, without a mouse and without a photo."""
    cases = desk.copies(31, 5, nudity=True)
    with signed_in(browser, desk, "keys") as page:
        page.keyboard.press("Enter")
        first = shown(page)
        assert first in cases
        drawn = page.locator(".side.original img, .side.copy img")
        expect(drawn).to_have_count(2)
        for side in drawn.all():
            expect(side).to_have_js_property("complete", True)
            assert side.evaluate("image => image.naturalWidth") > 100
        for key, mode in (("2", "overlay"), ("3", "swipe"), ("5", "difference"), ("1", "sides")):
            page.keyboard.press(key)
            expect(page.locator("#stage")).to_have_attribute("data-mode", mode)
        second = press_and_go_on(page, "u")
        expect(page.get_by_role("status").first).to_contain_text("Decided: a copy.")
        assert decisions(desk, first) == [("uphold", "effective")]
        page.keyboard.press("z")
        expect(page.locator("main[data-case]")).to_have_attribute("data-case", first)
        assert decisions(desk, first) == [("uphold", "withdrawn")]
        third = press_and_go_on(page, "r")
        assert decisions(desk, first)[-1] == ("reject", "effective")
        press_and_go_on(page, "p")
        looked = {
            one["action"]
            for case in (first, second, third)
            for one in desk.staydown.get(f"/v1/cases/{case}")["history"]
        }
        assert "case:media:viewed" not in looked


def test_photo_is_shown_by_a_key_under_a_veil_and_is_on_record(desk: Desk, browser: Browser) -> None:
    """Both sides; a second press takes them away."""
    (case_id,) = desk.copies(32)
    with signed_in(browser, desk, "looker") as page:
        page.goto(f"{desk.url}/console/cases/{case_id}")
        page.keyboard.press("v")
        expect(page.locator(".veiled .photo.veil-blur_grey")).to_have_count(2)
        assert "blur" in page.locator(".photo.veil-blur_grey").first.evaluate("e => getComputedStyle(e).filter")
        page.keyboard.press("v")
        expect(page.locator(".photo")).to_have_count(0)
    actions = [one["action"] for one in desk.staydown.get(f"/v1/cases/{case_id}")["history"]]
    assert actions.count("case:media:viewed") == 1


def test_recommendation_follows_the_facts_and_the_case_is_held_by_who_opened_it(desk: Desk, browser: Browser) -> None:
    """Before anything is sent; a decision against it asks why first."""
    (case_id,) = desk.copies(33)
    with signed_in(browser, desk, "learner") as page:
        page.goto(f"{desk.url}/console/cases/{case_id}")
        expect(page.locator("#holder")).to_have_text("held by you")
        assert desk.staydown.get(f"/v1/cases/{case_id}")["claimed_by"]["name"] == "learner"
        page.keyboard.press("u")
        expect(page.locator("#override_reason")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#advice")).to_contain_text("Look at the context")
        page.keyboard.press("c")
        expect(page.locator("#advice")).to_contain_text("Remove")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        expect(page.get_by_role("status").first).to_contain_text("Decided")
    assert decisions(desk, case_id) == [("uphold", "effective")]


def test_case_is_decided_without_javascript(desk: Desk, browser: Browser) -> None:
    """Every step is a link or a form; only the viewer's ways to compare and the keys are missing."""
    first, second = desk.copies(34, 2)
    with signed_in(browser, desk, "plain", java_script_enabled=False) as page:
        page.goto(f"{desk.url}/console/cases/{first}")
        page.get_by_role("button", name="Take this case").click()
        expect(page.locator("#holder")).to_have_text("held by you")
        expect(page.locator(".side.difference img")).to_be_visible()
        page.get_by_label("Context looked at").check()
        page.get_by_role("button", name="Recompute").click()
        expect(page.locator("#advice")).to_contain_text("Remove")
        page.get_by_role("button", name="A copy", exact=False).first.click()
        expect(page.get_by_role("status").first).to_contain_text("Decided: a copy.")
        assert decisions(desk, first) == [("uphold", "effective")]
        page.get_by_role("button", name="Undo").click()
        assert shown(page) == first
        page.get_by_role("button", name="Pass on").click()
        assert shown(page) != first
    assert second


def test_words_of_a_stranger_do_nothing_in_a_browser(desk: Desk, browser: Browser) -> None:
    """The page says them; the policy of its headers would stop what got through."""
    hostile = """<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>"""
    words = {"non_consent": True, "good_faith": True, "signature": hostile, "explanation": hostile}
    case_id = desk.staydown.report(jpeg(scene(35)), statement=words, content={"url": hostile, "post_text": hostile})[
        "case_id"
    ]
    with signed_in(browser, desk, "reader") as page:
        page.goto(f"{desk.url}/console/cases/{case_id}")
        expect(page.get_by_text("document.title='owned'").first).to_be_visible()
        assert "owned" not in page.title()


def test_photo_that_was_seen_is_shown_again_by_two_presses_and_the_reason_is_kept(desk: Desk, browser: Browser) -> None:
    """The first asks, with the answer at hand; the pictures stay drawings until then."""
    first, second = desk.copies(36, 2)
    with signed_in(browser, desk, "seen before") as page:
        page.goto(f"{desk.url}/console/cases/{first}")
        page.keyboard.press("v")
        expect(page.locator(".photo.veil-blur_grey")).to_have_count(2)
        page.goto(f"{desk.url}/console/cases/{second}")
        expect(page.locator("#again")).to_be_hidden()
        page.keyboard.press("v")
        expect(page.locator("#again")).to_be_visible()
        expect(page.locator("#again button").first).to_be_focused()
        expect(page.locator(".photo")).to_have_count(0)
        page.get_by_label("Show it again, because").select_option("context")
        page.locator("#again button").first.click()
        expect(page.locator(".photo.veil-blur_grey")).to_have_count(2)
        expect(page.locator("#again")).to_be_hidden()
        page.keyboard.press("v")
        expect(page.locator(".photo")).to_have_count(0)
    with desk.staydown.service.reading() as uow:
        looks = [one.detail for one in uow.audit.of([second]) if one.action == "case:media:viewed"]
    assert [(one["why"], one["again"]) for one in looks] == [("the context has to be judged", True)]


def test_next_case_is_made_ready_without_a_look_of_anybody(desk: Desk, browser: Browser) -> None:
    """A page that is loaded ahead would say that its reporter's name was shown, and could not be kept anyway."""
    first, second = (desk.staydown.report(jpeg(scene(seed)))["case_id"] for seed in (37, 38))
    with (
        signed_in(browser, desk, "ahead") as page,
        page.expect_response(f"**/console/cases/{second}/ahead") as made,
    ):
        page.goto(f"{desk.url}/console/cases/{first}")
    assert made.value.status == 204
    history = [one["actor"]["name"] for one in desk.staydown.get(f"/v1/cases/{second}")["history"]]
    assert "ahead" not in history


def test_drawing_of_a_report_is_seen_whole_however_wide_the_page(desk: Desk, browser: Browser) -> None:
    """It was as high as it is wide, and cut off below."""
    case_id = desk.staydown.report(jpeg(scene(39)))["case_id"]
    with signed_in(browser, desk, "wide") as page:
        for width in (768, 1280, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{desk.url}/console/cases/{case_id}")
            image, frame = (page.locator(one).bounding_box() for one in (".side.copy img", ".side.copy .frame"))
            assert image is not None
            assert frame is not None
            assert image["y"] >= frame["y"]
            assert image["y"] + image["height"] <= frame["y"] + frame["height"]
