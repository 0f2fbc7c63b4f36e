"""
Numbers of identity documents and of people, with the check digits of their countries.

A check digit lets one in ten or a hundred random numbers through, so most need a word for such a number before them;
those with letters at fixed places, or whose form says it, do not.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stdnum import iban
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ch import ssn as ahv
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.pt import cc
from stdnum.se import personnummer
from stdnum.tr import tckimlik
from stdnum.us import ssn
from stdnum.verhoeff import is_valid as has_verhoeff_digit

from casework.hints.folding import Folded


@dataclass(frozen=True, slots=True)
class Document:
    """
    One country's number.

    Args:
        shape: What it looks like in folded text.

        is_valid: Checks it, as python-stdnum does.

        needs_word: Whether a word for such a number has to stand before it.
    """

    shape: re.Pattern[str]
    is_valid: Callable[[str], bool]
    needs_word: bool = True


def _is_aadhaar(number: str) -> bool:
    return bool(has_verhoeff_digit(re.sub(r"\D", "", number)))


DOCUMENTS: Final = (
    Document(re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"), ssn.is_valid, needs_word=False),
    Document(re.compile(r"(?<![\w-])\d{8} ?-? ?[a-z](?![\w-])"), dni.is_valid, needs_word=False),
    Document(re.compile(r"(?<![\w-])[xyz] ?-? ?\d{7} ?-? ?[a-z](?![\w-])"), nie.is_valid, needs_word=False),
    Document(re.compile(r"\b[a-z]{6}\d\d[a-z]\d\d[a-z]\d{3}[a-z]\b"), codicefiscale.is_valid, needs_word=False),
    Document(re.compile(r"(?<![\w-])\d{6}[+a-]\d{3}[\da-z](?![\w-])"), hetu.is_valid, needs_word=False),
    Document(re.compile(r"\b[12] ?\d\d ?[01]\d ?\d[\dab] ?\d{3} ?\d{3} ?\d\d\b"), nir.is_valid, needs_word=False),
    Document(re.compile(r"\b756\.\d{4}\.\d{4}\.\d\d\b"), ahv.is_valid, needs_word=False),
    Document(re.compile(r"\b\d{3}\.\d{3}\.\d{3}-\d\d\b"), cpf.is_valid, needs_word=False),
    Document(re.compile(r"(?<![\d.-])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?![\d.-])"), nn.is_valid, needs_word=False),
    Document(re.compile(r"\b[a-z]{2}\d{2}(?: ?[a-z\d]{4}){2,7}(?: ?[a-z\d]{1,3})?\b"), iban.is_valid, needs_word=False),
    Document(re.compile(r"(?<![\w-])(?:\d{2})?\d{6}[+-]\d{4}(?![\w-])"), personnummer.is_valid),
    Document(re.compile(r"(?<![\w-])\d{6}-\d{4}(?![\w-])"), cpr.is_valid),
    Document(re.compile(r"(?<![\w-])\d{6} ?\d{5}(?![\w-])"), fodselsnummer.is_valid),
    Document(re.compile(r"(?<![\w-])\d{8} ?\d ?[a-z]{2}\d(?![\w-])"), cc.is_valid),
    Document(re.compile(r"(?<![\w-])\d{11}(?![\w-])"), pesel.is_valid),
    Document(re.compile(r"(?<![\w-])\d{11}(?![\w-])"), cpf.is_valid),
    Document(re.compile(r"(?<![\w-])\d{11}(?![\w-])"), tckimlik.is_valid),
    Document(re.compile(r"(?<![\w-])\d{2} ?\d{3} ?\d{3} ?\d{3}(?![\w-])"), idnr.is_valid),
    Document(re.compile(r"(?<![\w-])\d{4} ?\d{4} ?\d{4}(?![\w-])"), _is_aadhaar),
    Document(re.compile(r"(?<![\w-])\d{3} ?\d{3} ?\d{4}(?![\w-])"), nhs.is_valid),
    Document(re.compile(r"(?<![\w-])\d{3}[ -]?\d{2}[ -]?\d{4}(?![\w-])"), ssn.is_valid),
    Document(re.compile(r"(?<![\w-])\d{9}(?![\w-])"), bsn.is_valid),
    Document(re.compile(r"(?<![\w-])(?=(?:[a-z]*\d){5})[a-z\d]{7,12}(?![\w-])"), lambda _: True),
)
"""The last row is any passport or card number: it has no check digit everywhere, so the word before it decides."""

_ANY_NUMBER: Final = DOCUMENTS[-1]

_WORDS = re.compile(
    r"\b(?:ssn|social security|national insurance|nhs|passport|id(?: card| number| no)?|identity card"
    r"|driver'?s? licen[cs]e"
    r"|aadhaar|ausweis\w*|personalausweis\w*|reisepass\w*|steuer-?id\w*|sozialversicherung\w*|passeport"
    r"|carte d'identite"
    r"|securite sociale|dni|nie|pasaporte|documento|codice fiscale|carta d'identita|passaporto|cpf|bilhete"
    r"|cartao de cidadao"
    r"|bsn|burgerservicenummer|paspoort|pesel|dowod\w*|paszport\w*|tc ?kimlik\w*|kimlik\w*|pasaport\w*|personnummer|cpr"
    r"|fodselsnummer|паспорт\w*)\b"
)
_OF_A_DOCUMENT = re.compile(
    r"\b(?:passport|ausweis\w*|reisepass\w*|passeport|pasaporte|passaporto|paspoort|paszport\w*|pasaport\w*|dowod\w*"
    r"|driver'?s? licen[cs]e|id card|identity card|carte d'identite|carta d'identita|паспорт\w*)\b"
)
_AWAY = 40
"""Characters before a number within which a word for it counts."""


def find_id_numbers(text: Folded) -> Iterator[tuple[int, int]]:
    """Find numbers of identity documents in a folded text."""
    taken: list[tuple[int, int]] = []
    for document in DOCUMENTS:
        for found in document.shape.finditer(text.text):
            overlaps = any(found.start() < end and start < found.end() for start, end in taken)
            if not overlaps and _is_one(document, found, text.text):
                taken.append(found.span())
    yield from sorted(taken)


def _is_one(document: Document, found: re.Match[str], text: str) -> bool:
    word = _OF_A_DOCUMENT if document is _ANY_NUMBER else _WORDS
    if document.needs_word and word.search(text, max(0, found.start() - _AWAY), found.start()) is None:
        return False
    return document.is_valid(found.group().upper())
