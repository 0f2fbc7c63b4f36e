"""A kind of exchange is one file and one row: what every row promises."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.exchange import Exchange
from casework.domain.exchanges.records import KeptRecord, RecordState
from casework.domain.exchanges.sending import Feedback
from casework.domain.facts import Facts
from casework.domain.ids import ExchangeId
from casework.exchange.servers import EXCHANGES
from matcher.signals import SIGNAL_TYPES
from tests.helpers.counterparts.hash_servers import OPTIONS, SECRETS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def exchange(kind: str) -> Exchange:
    """Return an exchange that was never pulled from."""
    return Exchange(
        ExchangeId("xch_1"),
        "PARTNER",
        kind,
        EXCHANGES[kind].address,
        OPTIONS[kind],
        SECRETS[kind],
        True,
        True,
        60,
        NOW,
        NOW,
    )


@pytest.mark.parametrize("kind", EXCHANGES)
def test_a_row_says_what_it_is(kind: str) -> None:
    """Whoever sets one up is asked for what it needs, in words, and reaches it encrypted."""
    row = EXCHANGES[kind]
    assert row.name == kind
    assert row.address.startswith("https://")
    assert row.secrets
    assert all(one.description for one in (*row.options, *row.secrets))
    assert isinstance(row.facts, Facts)
    assert set(row.shares) <= set(SIGNAL_TYPES)


@pytest.mark.parametrize("kind", EXCHANGES)
def test_a_first_page_is_asked_for_with_the_secrets(kind: str) -> None:
    """Whoever has none is told which, and not asked again and again."""
    row, one = EXCHANGES[kind], exchange(kind)
    checkpoint, _ = row.begin(one, NOW)
    asked = row.page(one, checkpoint)
    assert asked.method == "GET"
    assert not asked.path.startswith("/")
    with pytest.raises(ExchangeFailedError) as refused:
        row.page(replace(one, secrets=None), checkpoint)
    assert refused.value.for_good


@pytest.mark.parametrize("kind", EXCHANGES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"data": {}, "hashRecords": 7}',
        b"[" * 100_000,
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        b"<a" + b"a" * 10_000,
    ],
)
def test_an_answer_that_is_no_page_is_an_error_and_nothing_else(kind: str, body: bytes) -> None:
    """What a stranger sends never ends a worker."""
    row, one = EXCHANGES[kind], exchange(kind)
    checkpoint, _ = row.begin(one, NOW)
    with pytest.raises(ExchangeFailedError):
        row.read(body, checkpoint)


@pytest.mark.parametrize("kind", EXCHANGES)
def test_no_bytes_raise_anything_else(kind: str) -> None:
    """A page with bytes changed, cut or doubled is read, or refused as none."""
    row, one = EXCHANGES[kind], exchange(kind)
    checkpoint, _ = row.begin(one, NOW)
    rng = random.Random(kind)
    for _ in range(400):
        body = bytearray(PAGES[kind])
        for _ in range(rng.randrange(1, 6)):
            place = rng.randrange(len(body))
            body[place : place + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        try:
            page = row.read(bytes(body), checkpoint)
        except ExchangeFailedError:
            continue
        assert all(len(record.id) <= 200 for record in page.records)


@pytest.mark.parametrize("kind", EXCHANGES)
@pytest.mark.parametrize("word", Feedback)
def test_each_feedback_has_words_that_name_the_record_alone(kind: str, word: Feedback) -> None:
    """Nothing of a case, an upload or a person is told."""
    handles = {"stopncii": "ab" * 32, "threatexchange": '["501"]', "ncmec": "7/e1/PDQ"}
    record = KeptRecord(ExchangeId("xch_1"), "r", RecordState.HELD, 0, 0, handle=handles[kind])
    asks = EXCHANGES[kind].feedback(exchange(kind), record, word)
    assert asks or (kind, word) == ("ncmec", Feedback.NOT_OUR_POLICY)
    for one in asks:
        assert one.method in ("POST", "PUT")
        assert not any(text in (one.body or b"") for text in (b"case_", b"upl_", b"tkd_", b"dec_"))


PAGES = {
    "stopncii": b'{"count": 1, "nextPageToken": "", "nextSetTimestamp": 5, "hasMoreRecords": false, "hashRecords": '
    b'[{"lastModtimestamp": 3, "signalType": "ImagePDQ", "hashValue": "' + b"ab" * 32 + b'", "hashStatus": "Active"}]}',
    "threatexchange": b'{"data": [{"id": "7", "indicator": "'
    + b"ab" * 32
    + b'", "type": "HASH_PDQ", "last_updated": 3, '
    b'"should_delete": false, "descriptors": {"data": [{"id": "8"}]}}], "paging": {"next": "https://a/?after=b"}}',
    "ncmec": b'<?xml version="1.0"?><q><images><image><member id="7">M</member><id>e</id><fingerprints><pdq>'
    + b"ab" * 32
    + b"</pdq></fingerprints></image></images><paging><next>/v2/entries?start=2</next></paging></q>",
}
