"""What every row of `SIGNAL_TYPES` promises, whoever adds it."""

import json
from pathlib import Path

import pytest

from index.hashes.kind import HashKind
from index.local.kind import LocalKind
from matcher.errors import SignalValueError, UnknownSignalTypeError
from matcher.local.evidence import compare_local
from matcher.signals import SIGNAL_TYPES, signal_type
from matcher.signals.base import Searched, SignalType
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import LocalFeatures, extract_query
from matcher.signals.scenes import NAME as SCENES
from matcher.strength import Strength
from tests.golden.freeze import GOLDEN, freeze, golden_file, values_of
from tests.golden.pictures import PICTURES, image

every_type = pytest.mark.parametrize("row", SIGNAL_TYPES.values(), ids=SIGNAL_TYPES.keys())

SEARCHED = [row for row in SIGNAL_TYPES.values() if row.searched in (Searched.HAMMING, Searched.RANKED)]

every_exact_type = pytest.mark.parametrize(
    "row", [row for row in SIGNAL_TYPES.values() if row.name not in (LOCAL, SCENES)], ids=lambda row: row.name
)


@every_exact_type
def test_values_are_frozen(row: SignalType):
    """Stored hashes outlive the code: if one bit can change, it is a new version beside the old."""
    path = golden_file(row)
    assert path.is_file(), f"freeze its values in tests/golden/{path.name}: python -m tests.golden.freeze {row.name}"
    assert values_of(row) == json.loads(path.read_text())


def test_freezing_writes_the_file_that_is_asked_for_and_never_again(tmp_path: Path):
    """Whoever adds a type makes its file by one command; whoever changes one cannot make the old file agree."""
    row = SIGNAL_TYPES["pdq/1"]
    assert freeze(row, tmp_path).read_text() == golden_file(row).read_text()
    with pytest.raises(FileExistsError):
        freeze(row, tmp_path)


def test_features_of_another_machine_are_read_and_found():
    """Keypoints may differ a little between processors; what was stored elsewhere is still found, without doubt."""
    frozen = json.loads((GOLDEN / "local-1.json").read_text())["discs 400x300"]["value"]
    stored = LocalFeatures.from_bytes(SIGNAL_TYPES[LOCAL].parse(frozen))
    assert (stored.width, stored.height) == (400, 300)
    found = compare_local(extract_query(PICTURES["discs 400x300"]), stored)
    assert found is not None
    assert found.evidence.strength is Strength.NEAR
    assert found.alignment.inliers > 0.9 * len(stored.keypoints)


@every_type
def test_name_carries_its_version(row: SignalType):
    """`pdq/1` and a later `pdq/2` live side by side."""
    assert SIGNAL_TYPES[row.name] is row
    _, version = row.name.split("/")
    assert int(version) >= 1
    assert row.label


@every_type
def test_value_survives_the_wire(row: SignalType):
    """What is sent is read back, in either case of hex, and made by a signal of this type."""
    signal = row.of_image(image("waves 512x384"))
    assert signal.type == row.name
    assert len(signal.value) * 8 <= row.bits
    text = row.format(signal.value)
    assert text == text.lower()
    assert row.parse(text) == row.parse(text.upper()) == signal.value


@every_type
@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: t + "0", lambda t: "g" + t[1:], lambda t: "  " + t[2:]])
def test_odd_value_is_refused_by_name(row: SignalType, spoil):
    """The sender must learn which value of which type was wrong."""
    text = row.format(row.of_image(image("waves 512x384")).value)
    with pytest.raises(SignalValueError, match=row.name):
        row.parse(spoil(text))


@pytest.mark.parametrize("row", SEARCHED, ids=lambda row: row.name)
def test_what_is_searched_for_has_one_kind_of_part_to_lie_in(row: SignalType):
    """A value that no kind of part holds would be acknowledged and never found; two would find it twice."""
    kinds = (HashKind(), LocalKind())
    looked_for = {one.type for one in row.searched_as(row.of_image(image("waves 512x384")))}
    assert looked_for
    assert {name: sum(kind.holds(name) for kind in kinds) for name in looked_for} == dict.fromkeys(looked_for, 1)


@every_type
def test_threshold_fits_the_width(row: SignalType):
    """A threshold of half the bits would call strangers copies."""
    assert 0 <= row.threshold < row.bits // 4
    assert 0 <= row.minimum_quality <= 100


def test_unknown_type_is_refused_with_those_known():
    """A misspelt type must not be taken for one without matches."""
    assert signal_type("pdq/1") is SIGNAL_TYPES["pdq/1"]
    with pytest.raises(UnknownSignalTypeError, match=r"'pdq'; known are sha256/1, pdq/1, phash/1"):
        signal_type("pdq")
