"""What the pages say is said in every language they offer, with the same numbers and names in it."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from api.pages.languages import ENGLISH, LANGUAGES
from tools.texts import CATALOGUES, TEMPLATES, brought_up_to_date, messages, read_catalogue, untranslated

OTHERS = [one.code for one in LANGUAGES if one != ENGLISH]
PLACE = re.compile(r"%\(\w+\)s|%%|\{\w+\}")


def catalogue_of(code: str) -> Catalog:
    """Read a language's catalogue."""
    return read_catalogue(CATALOGUES / f"{code}.po")


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_said_in_every_language(code: str) -> None:
    """A page half in another language is harder to read than one in a foreign one."""
    assert untranslated(catalogue_of(code)) == []


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_same_places_for_values(code: str) -> None:
    """One that loses a number says something else; one that makes up a name fails when it is shown."""
    differing = {
        message.id: message.string
        for message in catalogue_of(code)
        if message.id and sorted(PLACE.findall(message.id)) != sorted(PLACE.findall(str(message.string)))
    }
    assert differing == {}


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_holds_nothing_that_is_not_said(code: str) -> None:
    """`python -m tools.texts` takes out what is gone, and keeps what was translated."""
    catalogue = catalogue_of(code)
    fresh = brought_up_to_date(catalogue)
    assert [(one.id, one.string) for one in catalogue] == [(one.id, one.string) for one in fresh]


def test_a_new_message_is_found_missing() -> None:
    """Else the check could not fail."""
    catalogue = Catalog(locale="es")
    first, *others = dict.fromkeys(text for text, _ in messages())
    for text in others:
        catalogue.add(text, "dicho")
    assert untranslated(catalogue) == [first]
    assert brought_up_to_date(catalogue).get(first).string == ""


def templates() -> list[Path]:
    """List every template that is translated."""
    return [path for folder in TEMPLATES for path in sorted(folder.glob("*.html"))]


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_only_what_stands_in_a_template_is_translated_there(path: Path) -> None:
    """What `_()` is given counts as safe: a stranger's words in it would be shown as markup."""
    assert re.findall(r"(?<![\w.])_\((?!')[^)]*", path.read_text()) == []
