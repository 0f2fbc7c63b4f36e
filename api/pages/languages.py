"""
The languages pages can be read in: one gettext catalogue each, `locale/<code>.po`.

English is what templates say themselves. Another language is a row of `LANGUAGES` and a catalogue, which `python -m
tools.texts` keeps up to date; it is read once, when first asked for, so nothing has to be compiled beforehand.
"""

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_CATALOGUES: Final = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class Language:
    """
    A language.

    Args:
        code: As in `lang` and in the name of its catalogue.

        name: What its speakers call it.

        direction: Where its lines begin.
    """

    code: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"

    @property
    def locale(self) -> Locale:
        """How its numbers, dates and spans are written."""
        return Locale.parse(self.code)


ENGLISH: Final = Language("en", "English")

LANGUAGES: Final[tuple[Language, ...]] = (ENGLISH, Language("es", "Español"))


def language_for(accepted: str | None, *, chosen: str | None = None) -> Language:
    """
    Return the language of a page.

    Args:
        accepted: The header `Accept-Language`, or None.

        chosen: The code a person chose, or None; one that there is not is passed over.
    """
    known = {one.code: one for one in LANGUAGES}
    wanted = [] if chosen is None else [chosen]
    ranked = sorted((_ranked(part) for part in (accepted or "").split(",")), key=lambda one: -one[0])
    wanted += [code for weight, code in ranked if weight > 0]
    for code in wanted:
        found = known.get(code) or known.get(code.partition("-")[0])
        if found is not None:
            return found
    return ENGLISH


@cache
def translations_of(language: Language) -> NullTranslations:
    """
    Return what a language says, from its catalogue; English says what stands in the templates.

    Raises:
        UnknownLocaleError: If the language of a row is none.
    """
    path = _CATALOGUES / f"{language.code}.po"
    if language == ENGLISH:
        return NullTranslations()
    if language.locale is None:
        raise UnknownLocaleError(language.code)
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _ranked(part: str) -> tuple[float, str]:
    code, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), code.strip().lower()
    except ValueError:
        return 0.0, code
