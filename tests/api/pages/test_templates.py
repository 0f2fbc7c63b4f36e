"""Text of strangers is shown as text."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from jinja2 import UndefinedError

from api.pages.assets import API, PACKAGES
from api.pages.languages import ENGLISH
from api.pages.templates import environment_in, render

HOSTILE = """<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{ 7*7 }}"""


def test_what_a_stranger_wrote_is_shown_as_text(pages: TestClient) -> None:
    """Reports, uploads and file names are written by whoever likes."""
    answered = pages.get("/console/shows", params={"text": HOSTILE}).text
    assert "<script>alert" not in answered
    assert "<img" not in answered
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&gt;&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in answered


def test_a_name_that_a_template_was_not_given_is_an_error() -> None:
    """An empty place would hide that something is missing."""
    with pytest.raises(UndefinedError):
        render(ENGLISH, "pages/error.html", path="/console")


TEMPLATES = sorted(path for name in PACKAGES for path in (API / name / "templates").rglob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(API)))
def test_no_template_goes_around_escaping_or_holds_script_or_style(path: Path) -> None:
    """The policy of the headers would refuse these in the browser; here it is found earlier."""
    text = path.read_text()
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick=" not in text
    assert all(" src=" in one for one in text.split("<script")[1:])
    package = path.relative_to(API).parts[0]
    name = path.relative_to(API / package / "templates").as_posix()
    assert environment_in(ENGLISH).get_template(f"{package}/{name}")
