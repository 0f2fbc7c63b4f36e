"""The language of pages for the people depicted: the browser's, or the one that was chosen, from page to page."""

import re

import pytest

from api.pages.assets import assets
from tests.api.public.conftest import Person
from tests.helpers.media.pictures import photo_bytes

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def test_a_page_speaks_the_language_of_the_browser(person: Person) -> None:
    """Whoever is in distress should not have to look for it."""
    page = person.staydown.http.get("/report", headers=SPANISH).text
    assert '<html lang="es" dir="ltr"' in page
    assert "Denunciar una imagen o un vídeo privados" in page
    assert '<html lang="en" dir="ltr"' in person.staydown.http.get("/report").text


def test_a_language_that_was_chosen_goes_from_page_to_page(person: Person) -> None:
    """In the address, for no cookie is set; and what was chosen wins over the browser."""
    http = person.staydown.http
    page = http.get("/report?language=en", headers=SPANISH).text
    assert "Report a private picture or video" in page
    assert re.findall(r'action="(/report[^"]*)"', page) == ["/report?language=en"]
    assert 'href="/receipt?language=en"' in page
    assert 'href="/report?language=es"' in page
    strange = http.get('/report?language="><script>').text
    assert "<script>" not in strange.replace('<script type="module"', "")


def test_receipt_speaks_the_language_of_the_page(person: Person) -> None:
    """What happened and the policy's reasons too; what a reviewer wrote stays as it is, and says in which language."""
    receipt = person.reported(photo_bytes(3301))
    person.staydown.uphold(receipt.case_id)
    http = person.staydown.http
    page = http.post("/receipt?language=es", data=receipt.filed["receipt"]).text
    assert "Se decidió retirarlo." in page
    assert "la persona que aparece no consintió que se compartiera" in page
    other = person.reported(photo_bytes(3302))
    other.decided(outcome="reject", override_reason="It shows somebody else.")
    page = http.post("/receipt?language=es", data=other.filed["receipt"]).text
    assert '<p lang="en" dir="auto">It shows somebody else.</p>' in page


@pytest.mark.parametrize("name", ["public/public.css", "pages/base.css"])
def test_no_style_says_left_or_right(name: str) -> None:
    """A language that is written from right to left needs a catalogue and a row, and no other style."""
    text = assets().files[name].decode()
    sided = (
        r"\b(?:margin|padding|border|inset)-(?:left|right)\b|text-align:\s*(?:left|right)\b|(?<![\w-])(?:left|right):"
    )
    assert re.findall(sided, text) == []


def test_page_without_reports_still_leads_to_the_receipt(person: Person) -> None:
    """The menu offers what there is."""
    page = person.staydown.http.get("/receipt").text
    assert 'href="/report"' in page
    assert 'aria-current="page"' in page


def test_an_error_is_said_in_the_language_of_the_page(person: Person) -> None:
    """Its detail is the API's, in English, and says so."""
    headers = {**SPANISH, "Sec-Fetch-Site": "cross-site"}
    answer = person.staydown.http.post("/report", data={}, headers=headers)
    assert answer.status_code == 403
    assert "<h1>Este formulario no procede de aquí</h1>" in answer.text
    assert '<p lang="en" dir="auto">' in answer.text
