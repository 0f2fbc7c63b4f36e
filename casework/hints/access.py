"""E-mail addresses, and what opens an account: a password beside its word, a login in an address."""

import re
from collections.abc import Iterator

from casework.hints.folding import Folded

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?![\w-])")
_OF_AN_OFFICE = re.compile(
    r"(?:info|contact|kontakt|contacto|contatto|contato|support|help|hello|hallo|office|press|presse|news"
    r"|newsletter|sales"
    r"|service|booking|reservations?|no-?reply|admin|team|privacy|abuse|jobs|careers|shop|orders?|billing|tickets?)@"
)
"""Addresses of a place, not of a person."""

_SECRET = re.compile(
    r"\b(?:pass ?word|pass ?wort|pass ?code|kennwort|pwd|pw|pass|mot de passe|mdp|contrasena|clave|senha|wachtwoord"
    r"|has[lł]o|parola|sifre|пароль|пин|pin)(?:(?: [^:=\n.]{1,30})?\s?(?P<sign>:|=|->)"
    r"|(?: code)?\s?(?P<verb>is|ist|est|es|e|to|/|-))\s{0,3}[\"'(]?(?P<value>[^\s\"',;)]{4,64})"
)
_LOGIN = re.compile(
    r"\b(?:user ?name|user|login|log-?in|account|benutzer(?:name)?|identifiant|usuario|utente|usuario"
    r"|gebruiker(?:snaam)?"
    r"|kullanici|uzytkownik|логин|e-?mail|icloud|onlyfans|insta(?:gram)?|snap(?:chat)?|cloud|drive)\b"
)
_IN_ADDRESS = re.compile(r"\bhttps?://[^\s/:@]{1,100}:[^\s/@]{1,100}@[\w.-]+")
_PAIR = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{3,100}:[^\s:]{5,64}")
"""``name@example.org:secret``, as stolen lists have it."""

_AWAY = 80
"""Characters before a plain word after "password:" within which a word for an account counts."""

_NOT_A_VALUE = frozenset(
    {"required", "forgotten", "forgot", "reset", "wrong", "incorrect", "correct", "protected", "change", "changed"}
    | {"manager", "field", "here", "there", "please", "below", "above", "again", "invalid", "valid", "expired", "hint"}
    | {"strength", "recovery", "vergessen", "falsch", "andern", "notwendig", "oublie", "perdu", "olvidada", "sbagliata"}
    | {"incorrecta", "dimenticata", "esquecida", "errada", "vergeten", "onjuist", "zmiana", "zapomniane"}
)
"""Words that stand after "password:" in sentences about passwords."""


def find_emails(text: Folded) -> Iterator[tuple[int, int]]:
    """Find e-mail addresses of people in a folded text; those of an office are nobody's."""
    for found in _EMAIL.finditer(text.text):
        if not _OF_AN_OFFICE.match(found.group()):
            yield found.span()


def find_credentials(text: Folded) -> Iterator[tuple[int, int]]:
    """Find passwords with the word beside them, pairs of name and password, and logins inside an address."""
    for pattern in (_IN_ADDRESS, _PAIR):
        yield from (found.span() for found in pattern.finditer(text.text))
    for found in _SECRET.finditer(text.text):
        if _is_given(found, text.text):
            yield found.span()


def _is_given(found: re.Match[str], text: str) -> bool:
    """Tell whether a password stands there, rather than a sentence about passwords."""
    value = found["value"].rstrip(".!?:")
    if value in _NOT_A_VALUE:
        return False
    if re.search(r"\d", value):
        return True
    if found["sign"] is None:
        return False
    return _LOGIN.search(text, max(0, found.start() - _AWAY), found.start()) is not None
