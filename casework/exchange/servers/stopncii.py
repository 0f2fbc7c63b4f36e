"""
StopNCII.org: hashes that people depicted in intimate media made on their own devices; version 1 of its interface.

    GET  FetchHashes?startTimestamp&pageSize&nextPageToken   records, newest state of each
    POST SubmitHashes     hashes of our own, and what became of them
    POST SubmitFeedback   what became of theirs

A record is a hash with the state of all its cases together. After the last page `nextSetTimestamp` is where to begin
next time; a page token is good for a while only.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.exchange import Checkpoint, Exchange
from casework.domain.exchanges.records import KeptRecord, Page, RemoteRecord
from casework.domain.exchanges.sending import Feedback, SharedHash
from casework.exchange.servers.base import (
    MOST_ID_CHARACTERS,
    ExchangeServer,
    Field,
    read_signal,
    require_few,
    secret,
    text_of,
    whole_number,
)
from casework.exchange.servers.json_answers import object_of
from casework.ports.asking import Ask
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq

_IMAGE: Final = "ImagePDQ"
_OTHER_KINDS: Final = ("VideoMD5", "VideoTMK", "Text", "URL", "Unknown")
_GONE: Final = ("Withdrawn", "Deleted")
_KNOWN: Final = ("Received", "Active")
_PAGE: Final = 800
_START: Final = 10

_WORDS: Final = {
    Feedback.CONFIRMED: ("Blocked", ()),
    Feedback.NOT_A_COPY: ("NotBlocked", ("not_a_copy",)),
    Feedback.NOT_OUR_POLICY: ("NotBlocked", ("not_our_policy",)),
}


class StopNcii(ExchangeServer):
    """Hashes that people handed in themselves."""

    name = "stopncii"
    label = "StopNCII.org"
    address = "https://api.stopncii.org/v1"
    options = (Field("source", "how this service is called there, as it stands in its feedback", needed=False),)
    secrets = (
        Field("subscription_key", "sent as Ocp-Apim-Subscription-Key with every request"),
        Field("fetch_key", "the function key of FetchHashes"),
        Field("submit_key", "the function key of SubmitHashes; for sharing", needed=False),
        Field("feedback_key", "the function key of SubmitFeedback; for feedback", needed=False),
    )
    facts = LISTED_FACTS.with_changes(
        {"reporter": "subject", "reporter_depicted": True, "nudity": True, "non_consent_stated": True}
    )
    shares = (Pdq.name,)

    def begin(self, exchange: Exchange, now: datetime) -> tuple[Checkpoint, bool]:
        """Go on where the last page ended."""
        return exchange.checkpoint or {"start": _START, "token": None}, False

    def page(self, exchange: Exchange, checkpoint: Checkpoint) -> Ask:
        """Ask for a page."""
        query = {"startTimestamp": str(checkpoint["start"]), "pageSize": str(_PAGE)}
        if checkpoint.get("token"):
            query["nextPageToken"] = str(checkpoint["token"])
        return Ask("FetchHashes", query=query, headers=_headers(exchange, "fetch_key"))

    def read(self, body: bytes, checkpoint: Checkpoint) -> Page:
        """Read a page."""
        answer = object_of(body, self.label)
        records = answer.get("hashRecords")
        if not isinstance(records, list):
            message = f"{self.label} answered no `hashRecords`"
            raise ExchangeFailedError(message)
        require_few(records, self.label)
        wanted = [one for one in records if not _is_of_another_kind(one)]
        more, token = answer.get("hasMoreRecords") is True, text_of(answer, "nextPageToken")
        if more and (token is None or token == checkpoint.get("token")):
            message = f"{self.label} says that there is more, and not where"
            raise ExchangeFailedError(message)
        after: dict[str, str | int | bool | None] = {"start": checkpoint["start"], "token": token if more else None}
        if not more:
            after["start"] = whole_number(answer.get("nextSetTimestamp")) or checkpoint["start"]
        return Page([_record(one) for one in wanted], after, not more, passed_over=len(records) - len(wanted))

    def rewind(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """Begin the set again whose page token has gone stale."""
        return {"start": checkpoint["start"], "token": None} if checkpoint.get("token") else None

    def share(self, exchange: Exchange, signals: Sequence[Signal], now: datetime) -> list[Ask]:
        """Submit hashes as blocked."""
        return [_submission(exchange, [one.value.hex() for one in signals], "Blocked", now)]

    def retract(self, exchange: Exchange, shared: Sequence[SharedHash], now: datetime) -> list[Ask]:
        """Submit them as withdrawn."""
        return [_submission(exchange, [one.value for one in shared], "Withdrawn", now)]

    def feedback(
        self, exchange: Exchange, record: KeptRecord, feedback: Feedback, *, in_place_of: Feedback | None = None
    ) -> list[Ask]:
        """Say what became of a hash; of one source the newest word counts there."""
        word, tags = _WORDS[feedback]
        one = {"hashValue": record.handle, "feedbackValue": word, "tags": list(tags), **_source(exchange)}
        body = {"count": 1, "hashFeedbacks": [one]}
        return [_post(exchange, "SubmitFeedback", "feedback_key", body)]


def _is_of_another_kind(one: object) -> bool:
    return isinstance(one, Mapping) and one.get("signalType") in _OTHER_KINDS


def _record(one: object) -> RemoteRecord:
    if not isinstance(one, Mapping):
        return RemoteRecord(id="?", problem="a record is an object")
    value, kind = one.get("hashValue"), one.get("signalType")
    name = f"{kind}:{value}".casefold()[:MOST_ID_CHARACTERS]
    updated = whole_number(one.get("lastModtimestamp"))
    status = one.get("hashStatus")
    if kind != _IMAGE:
        return RemoteRecord(name, updated, problem=f"hashes of kind {str(kind)[:40]!r} are not known")
    if status in _GONE:
        return RemoteRecord(name, updated, withdrawn=True)
    if status not in _KNOWN:
        return RemoteRecord(name, updated, problem=f"its state {str(status)[:40]!r} is not known")
    signal, problem = read_signal(Pdq.name, value)
    return RemoteRecord(name, updated, signal=signal, problem=problem, handle=value if signal is not None else None)


def _headers(exchange: Exchange, key: str) -> dict[str, str]:
    return {
        "x-functions-key": secret(exchange, key),
        "Ocp-Apim-Subscription-Key": secret(exchange, "subscription_key"),
    }


def _source(exchange: Exchange) -> dict[str, str]:
    source = exchange.options.get("source")
    return {"source": source} if source else {}


def _submission(exchange: Exchange, values: Sequence[str], word: str, now: datetime) -> Ask:
    records = [
        {
            "lastModtimestamp": int(now.timestamp()),
            "signalType": _IMAGE,
            "hashValue": value,
            "CSPFeedbacks": [{"feedbackValue": word, "tags": [], **_source(exchange)}],
        }
        for value in values
    ]
    return _post(exchange, "SubmitHashes", "submit_key", {"count": len(records), "hashRecords": records})


def _post(exchange: Exchange, path: str, key: str, body: Mapping[str, object]) -> Ask:
    headers = {**_headers(exchange, key), "Content-Type": "application/json"}
    return Ask(path, "POST", headers=headers, body=json.dumps(body).encode())
