"""The optional hashes are those of the library imagehash, and are taken only where they are asked for."""

import io

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageOps

from matcher.comparing.comparison import compare
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.signals import SIGNAL_TYPES, taken_types
from matcher.strength import Strength
from tests.helpers.media.pictures import encoded, photo

BOTH = ("imagehash-phash/1", "imagehash-dhash/1")
DATA = encoded(photo(21, width=480, height=320))


@pytest.mark.parametrize(("name", "function"), [(BOTH[0], imagehash.phash), (BOTH[1], imagehash.dhash)])
def test_value_is_the_one_its_users_know(name: str, function) -> None:
    """A bank filled by other programs holds exactly these digits."""
    hashed = hash_media(DATA, limits=Limits(), types=taken_types(BOTH))
    value = next(one.value for one in hashed.signals if one.type == name)
    assert SIGNAL_TYPES[name].format(value) == str(function(Image.open(io.BytesIO(DATA))))


def test_they_are_taken_only_where_they_are_asked_for() -> None:
    """Who has no such bank pays nothing for them."""
    names = [one.type for one in hash_media(DATA, limits=Limits()).signals]
    assert names == ["sha256/1", "pdq/1", "phash/1"]
    asked = [one.type for one in hash_media(DATA, limits=Limits(), types=taken_types(BOTH)).signals]
    assert asked == [*names, *BOTH]


@pytest.mark.parametrize("name", BOTH)
def test_mirrored_copy_found_by_one_alone_is_weak(name: str) -> None:
    """64 bits tell few pictures apart: a person looks, and nothing happens before."""
    types = taken_types(BOTH)
    reference = [one for one in hash_media(DATA, limits=Limits(), types=types).signals if one.type == name]
    copy = encoded(ImageOps.mirror(photo(21, width=480, height=320)), quality=60)
    found = compare(hash_media(copy, limits=Limits(), types=types).query, reference)
    assert (found.strength, found.agreeing) == (Strength.WEAK, 0)
    assert found.evidence[0].transformation == "mirrored"


def test_hints_do_not_change_what_others_say() -> None:
    """Two hashes that agree are two, however many hints agree or differ beside them."""
    types = taken_types(BOTH)
    copy = encoded(ImageOps.flip(photo(21, width=480, height=320)), quality=60)
    query, plain = hash_media(copy, limits=Limits(), types=types).query, hash_media(copy, limits=Limits()).query
    reference = hash_media(DATA, limits=Limits(), types=types).signals
    found, without = compare(query, reference), compare(plain, reference)
    assert (found.strength, found.agreeing) == (without.strength, without.agreeing) == (Strength.NEAR, 2)
    assert found.evidence[: len(without.evidence)] == without.evidence
    strangers = np.random.default_rng(1).integers(0, 256, (320, 480, 3), dtype=np.uint8)
    other = hash_media(encoded(Image.fromarray(strangers)), limits=Limits(), types=types).query
    assert compare(other, reference).strength is None
