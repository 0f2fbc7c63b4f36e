"""The pages in a real browser: files, hashes alone, the conversation to its end, and all of it without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from api.pages.languages import LANGUAGES
from tests.api.conftest import Staydown
from tests.api.public.conftest import Person
from tests.api.scenarios.reports.receipts import Receipt
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.accessibility import BY_LOOKS, EVERYTHING, found_by_axe
from tests.helpers.running.servers import served

CHOICES = ("It shows me, or is about me", "Yes")
BOXES = (re.compile("did not agree to this"), re.compile("in good faith"))
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
BY_DAY = (PHONE, "light", EVERYTHING)
BY_NIGHT = ((PHONE, "dark", ("color-contrast", "link-in-text-block")), (DESK, "dark", BY_LOOKS))
"""How a page is seen, by emulation, and the rules that are asked then; words of another language change no colour."""


def file(seed: int) -> dict:
    """Make a photo to be chosen."""
    return {"name": f"photo {seed}.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(seed)}


@pytest.fixture(scope="module")
def address(staydown: Staydown) -> Iterator[str]:
    """Serve the pages on loopback."""
    with served(staydown.http.app) as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Open a page; a script that fails, or that the page's policy stops, fails the test."""
    context = browser.new_context(base_url=address, locale="en-GB")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    context.close()
    assert wrong == []


def fill_in(page: Page, *, signature: str = "Ana") -> None:
    """Fill the form in but for the picture."""
    page.goto("/report")
    for choice in CHOICES:
        page.get_by_label(choice, exact=True).check()
    page.get_by_label("How can we reach you?").fill("ana@example.org")
    page.get_by_label("Links to it").fill("https://example.org/1")
    page.get_by_label("In your own words").fill("I did not agree.")
    for box in BOXES:
        page.get_by_label(box).check()
    page.get_by_label("Signature").fill(signature)


def receipt_on(page: Page, staydown: Staydown) -> Receipt:
    """Read the receipt that is shown."""
    expect(page.get_by_role("heading", name="We have your report")).to_be_visible()
    number, secret = (page.locator(f"#receipt-{name}").inner_text() for name in ("number", "secret"))
    with staydown.service.reading() as uow:
        case_id = uow.reports.by_receipt(number).case_id
    return Receipt(staydown, {"receipt": {"number": number, "secret": secret}, "case_id": case_id})


def test_report_with_files(page: Page, staydown: Staydown) -> None:
    """Several files, one taken out again, and what is missing is said before anything is sent."""
    fill_in(page, signature="")
    page.get_by_label("Pictures and videos").set_input_files([file(3201), file(3202)])
    page.get_by_label("Pictures and videos").set_input_files([file(3203)])
    page.get_by_role("button", name="Remove photo 3202.jpg").click()
    page.get_by_role("button", name="Send report").click()
    warning = page.locator("#incomplete")
    expect(warning).to_be_focused()
    warning.get_by_role("link", name="Signature").click()
    page.get_by_label("Signature").fill("Ana")
    page.get_by_role("button", name="Send it as it is").click()
    receipt = receipt_on(page, staydown)
    case = receipt.case
    assert (len(case["media"]), case["report"]["missing"]) == (2, [])


def test_mistake_loses_no_file(page: Page, staydown: Staydown) -> None:
    """The form comes back with its mistake, and what was chosen is still chosen."""
    fill_in(page)
    page.get_by_label("Somebody in it is, or was then, under 18").check()
    page.get_by_label("Pictures and videos").set_input_files([file(3204)])
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#mistakes")).to_be_focused()
    expect(page.locator("#media-error")).to_contain_text("Please do not send it")
    expect(page.locator("#media-list")).to_contain_text("photo 3204.jpg")
    page.get_by_label("Somebody in it is, or was then, under 18").uncheck()
    page.get_by_role("button", name="Send report").click()
    assert len(receipt_on(page, staydown).case["media"]) == 1


def test_report_by_hashes_sends_no_media(page: Page, staydown: Staydown) -> None:
    """Seen at the network: text goes out, and no byte of a picture; its copies are found all the same."""
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one))
    fill_in(page)
    page.get_by_role("radio", name="Hash on this device", exact=True).check()
    page.get_by_label("Pictures that stay here").set_input_files([file(3205), file(3206)])
    expect(page.locator("#device-list .good")).to_have_count(2)
    page.get_by_role("button", name="Send report").click()
    receipt = receipt_on(page, staydown)
    (only,) = [one for one in sent if one.post_data_buffer]
    body = only.post_data_buffer
    assert (only.method, only.headers["content-type"]) == ("POST", "application/json")
    photos = [photo_bytes(seed) for seed in (3205, 3206)]
    pieces = [data[place : place + 24] for data in photos for place in range(0, 20_000, 24)]
    assert not any(piece in body for piece in pieces if piece.strip(b"\0"))
    assert len(body) < 4_000
    assert all(one.url.startswith(page.context.pages[0].url.rsplit("/", 1)[0]) for one in sent)
    assert [one["preview"] for one in receipt.case["media"]] == [None, None]
    staydown.uphold(receipt.case_id)
    assert staydown.upload("copy of 3206", photo_bytes(3206, quality=70))["verdict"] == "hold"


def test_conversation_to_withdrawal_and_erasure(page: Page, staydown: Staydown) -> None:
    """Filed, asked, answered with a file, decided, withdrawn, erased: by the receipt alone."""
    fill_in(page)
    page.get_by_label("Pictures and videos").set_input_files([file(3207)])
    page.get_by_role("button", name="Send report").click()
    receipt = receipt_on(page, staydown)
    receipt.asked("Is there another picture?")
    page.goto("/receipt")
    page.get_by_label("Number").fill(receipt.filed["receipt"]["number"])
    page.get_by_label("Secret").fill(receipt.filed["receipt"]["secret"])
    page.get_by_role("button", name="Show my report").click()
    expect(page.get_by_role("heading", name="We have a question for you")).to_be_visible()
    page.get_by_label("Your message").fill("Yes, this one.")
    page.get_by_label("Add pictures or videos").set_input_files([file(3208)])
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Your message has arrived")).to_be_visible()
    assert len(receipt.case["media"]) == 2
    staydown.uphold(receipt.case_id)
    page.get_by_role("button", name="Load again").click()
    expect(page.get_by_role("heading", name="It comes down")).to_be_visible()
    page.get_by_text("Take my report back", exact=True).click()
    page.get_by_label("Yes, take my report back.").check()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Your report is taken back.")).to_be_visible()
    page.get_by_text("Take it back and erase everything").click()
    page.get_by_label("Yes, erase everything.").check()
    page.get_by_role("button", name="Erase everything").click()
    expect(page.get_by_text("being erased")).not_to_have_count(0)
    assert "secret" not in page.url


def test_everything_but_hashing_works_without_javascript(browser: Browser, address: str, staydown: Staydown) -> None:
    """A page is there for whoever's browser, or caution, allows no scripts."""
    context = browser.new_context(base_url=address, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    fill_in(page)
    expect(page.get_by_text("which is off in your browser")).to_be_hidden()  # until it is wanted
    page.get_by_label("Pictures and videos").set_input_files([file(3209)])
    page.get_by_role("button", name="Send report").click()
    receipt = receipt_on(page, staydown)
    assert len(receipt.case["media"]) == 1
    page.get_by_role("button", name="Look at my report").click()
    page.get_by_label("Your message").fill("Thank you.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Your message has arrived")).to_be_visible()
    fill_in(page)
    page.get_by_role("radio", name="Hash on this device", exact=True).check()
    page.get_by_label("Pictures that stay here").set_input_files([file(3210)])
    sent: list[bytes] = []
    page.on("request", lambda one: sent.append(one.post_data_buffer or b""))
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#way-error")).to_contain_text("Nothing of your picture was sent")
    assert not any(b"\xff\xd8\xff" in one for one in sent)
    context.close()


def found_in(page: Page, language: str) -> list[str]:
    """Check a page as it is shown now, in every way that may differ in a language; leave it as it was."""
    found = []
    for size, scheme, rules in (*(BY_NIGHT if language == LANGUAGES[0].code else ()), BY_DAY):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [f"{size['width']}, {scheme}: {one}" for one in found_by_axe(page, rules)]
    return found


@pytest.mark.parametrize("language", [one.code for one in LANGUAGES])
def test_axe_finds_nothing_on_any_page(browser: Browser, address: str, staydown: Staydown, language: str) -> None:
    """Labels, contrast, structure and targets, on a telephone first: who cannot see or point reports like others."""
    context = browser.new_context(base_url=address, locale=language, viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    found: dict[str, list[str]] = {}
    page.goto("/report")
    page.locator("#way-device").check()
    page.locator("#relation-authorised_representative").check()
    page.locator("#device").set_input_files([file(3211), {**file(3212), "buffer": b"no picture"}])
    expect(page.locator("#device-list .bad")).to_have_count(1)
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("#send").click()
    found["what is missing"] = found_in(page, language)
    page.locator("#device-list .bad button").click()
    page.locator("#send").click()
    expect(page.locator("#mistakes")).to_be_visible()
    found["mistakes"] = found_in(page, language)
    page.locator("#nudity-no").check()
    page.locator("#send").click()
    expect(page.locator("#receipt-number")).to_be_visible()
    found["receipt"] = found_in(page, language)
    person = Person(staydown)
    receipt = person.receipt_in(page.content())
    receipt.asked("Who are you?")
    page.goto("/receipt")
    found["a receipt is wanted"] = found_in(page, language)
    page.locator("#number").fill("SD-1")
    page.locator("#secret").fill("wrong")
    page.locator("main button").click()
    found["a wrong receipt"] = found_in(page, language)
    page.locator("#number").fill(receipt.filed["receipt"]["number"])
    page.locator("#secret").fill(receipt.filed["receipt"]["secret"])
    page.locator("main button").click()
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found["a report"] = found_in(page, language)
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    context.close()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_form_is_filled_in_and_sent_by_keys_alone(page: Page, staydown: Staydown) -> None:
    """Every control is reached in the order of the page, and seen when it is."""
    page.goto("/report")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    reached = []
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate("() => document.activeElement.name || document.activeElement.id")
        outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", name
        reached.append(name)
        if name == "relation":
            page.keyboard.press("Space")
        if name == "nudity":
            page.keyboard.press("Space")
        if name == "way":
            page.keyboard.press("ArrowUp")  # from the first to the last: "I have no copy"
        if name in ("links", "signature", "contact", "explanation"):
            page.keyboard.type("https://example.org/keys")
        if name in ("non_consent", "good_faith"):
            page.keyboard.press("Space")
        if name == "send":
            break
    page.keyboard.press("Enter")
    assert receipt_on(page, staydown).case["report"]["no_copy"] is True


def test_axe_would_find_something(page: Page) -> None:
    """Else the tests that it finds nothing could not fail."""
    page.goto("/receipt")
    page.evaluate("() => document.querySelector('label[for=secret]').remove()")
    assert any("label" in one for one in found_by_axe(page))
