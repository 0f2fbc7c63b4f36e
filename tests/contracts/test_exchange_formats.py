"""What every format of hash lists promises: what it writes it reads, and no stranger's file stops it."""

import io
import random

import pytest

from casework.exchange import EXCHANGE_FORMATS, format_of
from casework.exchange.base import ExchangeFormat, HashRecord, Read, Rejected
from casework.exchange.errors import UnreadableFileError
from matcher.signals.base import Signal
from matcher.signals.given import given_signal

LINES = "".join(f"{frame - 1},100,{frame:064x},{frame / 3:.3f}\n" for frame in range(1, 4))
PDQ = Signal("pdq/1", bytes(range(32)), None)
POOR = Signal("pdq/1", bytes(range(1, 33)), 12)
VIDEO = given_signal("video/1", LINES, None)
RECORDS = [
    HashRecord((PDQ, Signal("sha256/1", bytes(range(64, 96)))), kind="image", id="one"),
    HashRecord((POOR,), id="two"),
    HashRecord((VIDEO,), kind="video", id="three"),
]

HOSTILE = [
    b"",
    b"\0" * 1_000,
    b"\xff\xfe" * 500 + b"\n",
    b"[" * 100_000,
    b'{"data": 7}',
    b'{"signals": [{"type": "pdq/1", "value": 5}]}\n',
    b'{"signals": [{"type": "no/1", "value": "00"}]}\n',
    b'"' * 999 + b"\n" + b"a" * 64 + b"\n",
    b"1,2,3\n" * 100,
    b"ab" * 31 + b"\n",
    b"pdq " + b"g" * 64 + b"\n",
    b'{"a":' * 50_000,
    b"0" * 200_000 + b"\n" + b"f" * 64 + b"\n",
    ("é" * 64).encode() + b"\n",
    b'["' + b"0" * 64 + b',100,NaN"]\n',
]


def read(chosen: ExchangeFormat, data: bytes) -> list[Read | Rejected]:
    """Read a file that holds these bytes."""
    return list(chosen.read(io.BufferedReader(io.BytesIO(data))))


def records(chosen: ExchangeFormat, data: bytes) -> list[HashRecord]:
    """Return the records of a file in which nothing is wrong."""
    found = read(chosen, data)
    assert [one for one in found if isinstance(one, Rejected)] == []
    return [one.record for one in found]


@pytest.mark.parametrize("name", EXCHANGE_FORMATS)
def test_what_is_written_is_read(name: str) -> None:
    """Two who exchange hashes match the same."""
    chosen = EXCHANGE_FORMATS[name]
    written = b"".join(chosen.write(RECORDS))
    taken = [one for one in RECORDS if chosen.takes(one)]
    values = {(signal.type, signal.value) for one in records(chosen, written) for signal in one.signals}
    assert values
    assert values <= {(signal.type, signal.value) for one in taken for signal in one.signals}
    assert {one.signals[0].value for one in taken} <= {value for _, value in values}


@pytest.mark.parametrize("name", EXCHANGE_FORMATS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_no_file_of_a_stranger_stops_reading(name: str, number: int) -> None:
    """Each record is read, or set aside with its line and a reason that a person can act on; no value is made up."""
    try:
        found = read(EXCHANGE_FORMATS[name], HOSTILE[number])
    except UnreadableFileError:
        return  # as a whole it is not of this format, which the command says
    for one in found:
        if isinstance(one, Rejected):
            assert one.line >= 1
            assert 5 < len(one.reason) < 400
        else:
            assert one.record.signals


@pytest.mark.parametrize("name", ["pdq", "pdq-csv", "ndjson"])
def test_one_bad_line_takes_none_of_its_neighbours_along(name: str) -> None:
    """A list of a million holds a few thousand of them."""
    chosen, rng = EXCHANGE_FORMATS[name], random.Random(7)
    good = [HashRecord((Signal("pdq/1", rng.randbytes(32)),)) for _ in range(40)]
    lines = b"".join(chosen.write(good)).splitlines(keepends=True)
    head, lines = lines[: len(lines) - 40], lines[len(lines) - 40 :]
    bad = [
        b"\0\0\n",
        b"z" * 64 + b"\n",
        b"1" * 63 + b"\n",
        b"x" * 70_000_000 + b"\n" if name == "ndjson" else b"x" * 99_999 + b"\n",
    ]
    mixed = [
        part for place, line in enumerate(lines) for part in ([bad[place // 10], line] if place % 10 == 5 else [line])
    ]
    found = read(chosen, b"".join(head + mixed))
    assert [one.record.signals[0].value for one in found if isinstance(one, Read)] == [
        one.signals[0].value for one in good
    ]
    assert [one.line - len(head) for one in found if isinstance(one, Rejected)] == [6, 17, 28, 39]


@pytest.mark.parametrize("name", EXCHANGE_FORMATS)
def test_a_format_is_guessed_from_its_endings(name: str) -> None:
    """Whoever gives a file its usual name need not say what it is."""
    for suffix in EXCHANGE_FORMATS[name].suffixes:
        assert format_of(f"list{suffix.upper()}") is EXCHANGE_FORMATS[name]
    assert format_of("list") is None


def test_python_threatexchange_lines_are_read() -> None:
    """Its files put the type before each hash."""
    found = records(EXCHANGE_FORMATS["pdq"], f"# a list\n\npdq {'AB' * 32}\r\n{'cd' * 32}".encode())
    assert [one.signals[0].value for one in found] == [b"\xab" * 32, b"\xcd" * 32]


@pytest.mark.parametrize(
    "text",
    [
        f"quality,hash\n30,{'ab' * 32}\n",
        f"{'ab' * 32},30,photo.jpg\n",
        f"photo.jpg,{'ab' * 32},30\n",
        f'\N{BYTE ORDER MARK}"PDQ","Quality"\n"{"ab" * 32}","30"\n',
    ],
)
def test_rows_are_read_with_and_without_names(text: str) -> None:
    """A poor quality is believed: such a hash matches strangers."""
    assert records(EXCHANGE_FORMATS["pdq-csv"], text.encode())[0].signals == (Signal("pdq/1", b"\xab" * 32, 30),)


def test_records_of_threatexchange_are_read_in_each_of_their_wrappings() -> None:
    """What is to be deleted, and what is not searched here, is set aside with the reason."""
    chosen = EXCHANGE_FORMATS["threatexchange-json"]
    one = f'{{"id": "1", "type": "HASH_PDQ", "indicator": "{"ab" * 32}"}}'
    other = f'{{"signal_type": "pdq", "signal_str": "{"cd" * 32}"}}'
    gone = f'{{"type": "HASH_PDQ", "indicator": "{"ef" * 32}", "should_delete": true}}'
    md5 = '{"type": "HASH_MD5", "indicator": "00"}'
    for text in (
        f'{{"data": [{one}, {other}, {gone}, {md5}]}}',
        f"[{one},\n{other}, {gone}, {md5}]",
        f"{one}\n{other}\n{gone}\n{md5}\n",
    ):
        found = read(chosen, text.encode())
        assert [one.record.signals[0].value[:1] for one in found if isinstance(one, Read)] == [b"\xab", b"\xcd"]
        reasons = [one.reason for one in found if isinstance(one, Rejected)]
        assert ["deleted" in reasons[0], "HASH_MD5" in reasons[1], len(reasons)] == [True, True, 2]


def test_both_vpdq_programs_are_read() -> None:
    """The one writes a frame a line, the other an array whose seconds it has rounded."""
    chosen = EXCHANGE_FORMATS["vpdq"]
    array = "[" + ", ".join(f'"{frame:064x},100,{frame / 3:.3g}"' for frame in range(1, 4)) + "]"
    (lines,) = records(chosen, LINES.encode())
    (from_python,) = records(chosen, array.encode())
    assert lines.signals == (VIDEO,)
    assert from_python.signals[0].type == "video/1"
    assert len(from_python.signals[0].value) == len(VIDEO.value)
