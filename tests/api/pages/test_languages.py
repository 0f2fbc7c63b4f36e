"""Which language a page is in."""

import pytest

from api.pages.languages import ENGLISH, LANGUAGES, language_for, translations_of


@pytest.mark.parametrize("accepted", [None, "", "xx", "xx;q=0.9, en-GB;q=0.3", "*", "en;q=nonsense"])
def test_whoever_asks_for_no_language_of_ours_reads_english(accepted: str | None) -> None:
    """A page is never without words."""
    assert language_for(accepted) == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_every_language_has_a_catalogue_that_can_be_read(language) -> None:
    """A row without one would fail when first asked for."""
    assert translations_of(language) is not None
    assert language.locale is not None
    assert language_for(f"{language.code};q=0.5, xx") == language


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_a_language_that_was_chosen_goes_before_the_browsers(language) -> None:
    """Its reader knows better than the machine they borrowed."""
    assert language_for("en", chosen=language.code) == language
    assert language_for(language.code, chosen="nothing") == language
