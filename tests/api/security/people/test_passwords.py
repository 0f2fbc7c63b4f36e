"""Passwords: what is taken for one, and what is kept of it."""

import pytest

from api.errors import BodyError
from api.security.people.passwords import NOBODYS, hash_of, is_outdated, is_right, require_good


def test_hash_is_of_one_password_and_never_the_same_twice() -> None:
    """Two people with one password are not seen to have it."""
    first, second = hash_of("four quiet words here"), hash_of("four quiet words here")
    assert first != second
    assert is_right("four quiet words here", first)
    assert not is_right("four quiet words Here", first)
    assert not is_outdated(first)


def test_hash_of_other_settings_is_renewed_and_what_is_none_is_no_password() -> None:
    """Settings grow with machines; a damaged row lets nobody in."""
    assert is_outdated("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$KkOzSUOHp7OeTDwIEDYPWQ")
    assert not is_right("four quiet words here", "")


def test_nobodys_hash_is_as_slow_as_anybodys_and_no_password_has_it() -> None:
    """A name that nobody has takes as long to refuse as one that somebody has."""
    assert not is_outdated(NOBODYS)
    assert not is_right("nobody has it", NOBODYS)


@pytest.mark.parametrize("password", ["", "elevencharx", "x" * 201, "abababababab", "alexander the1", "ALEXANDER2026!"])
def test_password_that_is_guessed_first_is_refused(password: str) -> None:
    """The message says what is expected."""
    with pytest.raises(BodyError, match="is expected"):
        require_good(password, name="alexander")


@pytest.mark.parametrize("password", ["four quiet words here", "Ödegård läuft 7 km", "alexander and four more words"])
def test_password_of_several_words_is_taken(password: str) -> None:
    """In any script."""
    require_good(password, name="alexander")
