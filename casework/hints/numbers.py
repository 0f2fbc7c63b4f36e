"""
Phone numbers: the international form anywhere, a national one after a word for a telephone.

A run of digits may be an order number or a date, and is a number of some country more often than not.
"""

import re
from collections.abc import Iterator
from typing import Final

from phonenumbers import Leniency, PhoneNumberMatcher

from casework.hints.folding import Folded

_INTERNATIONAL: Final = "ZZ"
"""No country: only numbers that begin with + and a country's code are read."""

REGIONS: Final = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "TR", "IN", "AU")
"""Whose national forms are read, in this order: those of the languages that `words/` knows."""

_CALLING = re.compile(
    r"\b(?:tel|phone|cell|mobile|mob|call|text|sms|whats ?app|signal|telegram|dial|ring|numbers?|digits"
    r"|handy(?:nummer)?|telefon\w*|ruf\w*|nummer|anruf\w*|numero|portable|appel\w*|movil|telefono|llama\w*|cellulare"
    r"|chiama\w*|celular|telefone|liga\w*|bel|telefoonnummer|mobiel|numer\w*|zadzwon\w*|komork\w*|cep|ara\w*|telefonu"
    r"|номер\w*|телефон\w*|звони\w*|пиши\w*)\b|☎|📞|📱"
)
_AWAY = 40
"""Characters before a number within which a word for a telephone counts."""

_DIGITS = re.compile(r"\d")
_FEWEST = 7
_TRIES = 50
"""Candidates of each country that may be none, in one text: what has more holds no conversation."""


def find_phone_numbers(text: Folded) -> Iterator[tuple[int, int]]:
    """Find phone numbers in a folded text."""
    if len(_DIGITS.findall(text.text)) < _FEWEST:
        return
    regions = [_INTERNATIONAL] if "+" in text.text else []
    if _CALLING.search(text.text) is not None:
        regions += REGIONS
    taken: list[tuple[int, int]] = []
    for region in regions:
        leniency = Leniency.POSSIBLE if region == _INTERNATIONAL else Leniency.VALID
        for found in PhoneNumberMatcher(text.text, region, leniency=leniency, max_tries=_TRIES):
            place = (found.start, found.end)
            overlaps = any(place[0] < end and start < place[1] for start, end in taken)
            if overlaps or not (found.raw_string.startswith("+") or _is_meant(text.text, found.start)):
                continue
            taken.append(place)
    yield from sorted(taken)


def _is_meant(text: str, start: int) -> bool:
    """Tell whether a national number stands where one is given."""
    return _CALLING.search(text, max(0, start - _AWAY), start) is not None
