"""The keys: what is sealed opens where it was sealed, and nowhere else; a damaged ring is noticed."""

import json

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from api.security.ring import Ring, UnknownKeyError
from casework.domain.errors import UnreadableError

RING = Ring.made()
PLACE = "reports/statement/rep_1"


@given(plain=st.binary(max_size=200), place=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_sealed_opens_in_its_place(plain: bytes, place: str) -> None:
    """A text that does not come back is lost."""
    assert RING.open(RING.seal(plain, place), place) == plain


@given(plain=st.binary(max_size=40), at=st.integers(0), bit=st.integers(0, 7))
def test_one_changed_bit_is_noticed(plain: bytes, at: int, bit: int) -> None:
    """Whoever can write the database must not be able to change a statement."""
    sealed = bytearray(RING.seal(plain, PLACE))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(UnreadableError):
        RING.open(bytes(sealed), PLACE)


def test_moved_value_does_not_open() -> None:
    """Nobody can put one person's statement under another's name."""
    with pytest.raises(UnreadableError, match="rep_2 cannot be decrypted: it was changed, or moved"):
        RING.open(RING.seal(b"words", PLACE), "reports/statement/rep_2")


def test_same_words_look_different_each_time() -> None:
    """Otherwise equal texts could be told without the key."""
    assert RING.seal(b"words", PLACE) != RING.seal(b"words", PLACE)
    assert RING.seal(b"words", PLACE).startswith(RING.mark())


def test_other_key_is_named() -> None:
    """Whoever restores a backup has to know which keyring goes with it."""
    other = Ring.made()
    with pytest.raises(UnknownKeyError, match=f"key {other.writing}, which is not in the keyring"):
        RING.open(other.seal(b"words", PLACE), PLACE)


def test_ring_is_read_as_it_was_written() -> None:
    """The file is all there is of the keys."""
    ring = RING.with_new_key()
    read = Ring.read(ring.written())
    assert read == ring
    assert read.digest("a", "b") == ring.digest("a", "b")
    newest = list(read.keys)[-1]
    assert read.writing_with(newest).open(RING.seal(b"words", PLACE), PLACE) == b"words"
    assert list(read.writing_with(newest).alone().keys) == [newest]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1}', '{"format": 1, "keys": 3}'])
def test_what_is_no_ring_is_refused(text: str) -> None:
    """A file that was cut off must not be taken for an empty ring."""
    with pytest.raises(ValueError, match=r"."):
        Ring.read(text)


def test_damaged_key_is_named() -> None:
    """Better to refuse to start than to encrypt under a key nobody has a backup of."""
    document = json.loads(RING.written())
    document["keys"][0]["key"] = json.loads(Ring.made().written())["keys"][0]["key"]
    with pytest.raises(ValueError, match=f"a key is damaged: {RING.writing}"):
        Ring.read(json.dumps(document))


def test_digest_says_nothing_without_the_ring() -> None:
    """Contacts can be guessed, so a plain digest of one would give it away."""
    assert RING.digest("a@example.org", "x") == RING.digest("a@example.org", "x")
    assert RING.digest("a@example.org", "x") != RING.digest("a@example.org", "y")
    assert RING.digest("a@example.org", "x") != Ring.made().digest("a@example.org", "x")
    assert len(RING.digest("", "x")) == 32


def test_ring_of_an_earlier_version_reads_what_it_wrote() -> None:
    """Previews and kept answers from before an upgrade are still shown."""
    key = Fernet.generate_key()
    ring = Ring.after(key)
    assert ring == Ring.after(key)
    assert ring.open(Fernet(key).encrypt(b"preview"), "previews/ciphertext/med_1") == b"preview"
    with pytest.raises(UnreadableError, match="earlier version"):
        ring.alone().open(Fernet(key).encrypt(b"preview"), "previews/ciphertext/med_1")


def test_proof_tells_the_key_from_any_other() -> None:
    """A start with the wrong key is refused by it."""
    proof = RING.proof(RING.writing)
    assert RING.proves(RING.writing, proof)
    assert RING.with_new_key().proves(RING.writing, proof)
    assert not Ring.made().proves(RING.writing, proof)
    assert not RING.proves(RING.writing, b"")


def test_keys_are_not_shown_in_a_log() -> None:
    """A traceback or a log line must not carry what opens everything."""
    assert RING.keys[RING.writing].hex() not in repr(RING)
    assert repr(RING.lookup) not in repr(RING)
