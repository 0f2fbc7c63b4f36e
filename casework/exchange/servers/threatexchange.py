"""
Meta's ThreatExchange, over its Graph API.

    GET  {privacy group}/threat_updates   what changed in a group since a moment: hashes, and those to be deleted
    POST threat_descriptors               a hash of our own
    POST {descriptor}                     a reaction to one of theirs, or the end of one of ours

Updates are remembered there for 90 days. Who was away for longer asks for everything again, and takes off what did not
come: `FRESH_FOR` leaves five days to do it in. The link to the next page names the token and a host: only its
parameters are used, and of these not the token.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

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
from matcher.signals.base import Signal
from matcher.signals.pdq import Pdq
from matcher.signals.sha256 import Sha256

FRESH_FOR: Final = timedelta(days=85)

_TYPES: Final = {"HASH_PDQ": Pdq.name, "HASH_SHA256": Sha256.name}
_NAMES: Final = {ours: theirs for theirs, ours in _TYPES.items()}
_FIELDS: Final = "id,indicator,type,last_updated,should_delete,status,descriptors{id}"
_PAGE: Final = 500
_TOKEN: Final = "access_token"  # noqa: S105 - the name of a parameter
_OURS: Final = (_TOKEN, "fields", "limit")
_MOST_HANDLES: Final = 10
_REACTIONS: Final = {
    Feedback.CONFIRMED: "HELPFUL",
    Feedback.NOT_A_COPY: "DISAGREE_WITH_TAGS",
    Feedback.NOT_OUR_POLICY: "DISAGREE_WITH_TAGS",
}
_NOT_WANTED: Final = "NON_MALICIOUS"


class ThreatExchange(ExchangeServer):
    """Hashes of a privacy group."""

    name = "threatexchange"
    label = "ThreatExchange"
    address = "https://graph.facebook.com/v21.0"
    options = (
        Field("privacy_group", "the number of the group whose hashes are pulled, and to which own ones go"),
        Field("tags", "put on own hashes, with commas between", needed=False),
    )
    secrets = (Field(_TOKEN, "`{app id}|{app secret}`"),)
    shares = (Pdq.name, Sha256.name)

    def begin(self, exchange: Exchange, now: datetime) -> tuple[Checkpoint, bool]:
        """Go on, or, after too long, begin anew."""
        checkpoint = exchange.checkpoint
        # Of how long ago what it says is, the server's own clock counts, and our own where nothing was ever complete.
        complete = exchange.completed_at
        if not checkpoint or (not checkpoint.get("next") and complete is not None and now - complete > FRESH_FOR):
            return {"start": 0, "newest": 0, "next": None}, True
        return checkpoint, False

    def page(self, exchange: Exchange, checkpoint: Checkpoint) -> Ask:
        """Ask for a page."""
        query = {"start_time": str(checkpoint["start"]), "types": ",".join(_TYPES)}
        if checkpoint.get("next"):
            query = dict(parse_qsl(str(checkpoint["next"])))
        query |= {_TOKEN: secret(exchange, _TOKEN), "fields": _FIELDS, "limit": str(_PAGE)}
        return Ask(f"{_group(exchange)}/threat_updates/", query=query)

    def read(self, body: bytes, checkpoint: Checkpoint) -> Page:
        """Read a page."""
        answer = object_of(body, self.label)
        updates = answer.get("data")
        if not isinstance(updates, list):
            message = f"{self.label} answered no `data`"
            raise ExchangeFailedError(message)
        require_few(updates, self.label)
        wanted = [one for one in updates if not isinstance(one, Mapping) or one.get("type") in _TYPES]
        records = [_record(one) for one in wanted]
        newest = max([whole_number(checkpoint.get("newest")), *(one.updated for one in records)])
        following = _following(answer)
        if following is not None and following == checkpoint.get("next"):
            message = f"{self.label} answers the same page again"
            raise ExchangeFailedError(message)
        after: dict[str, str | int | bool | None] = {
            "start": checkpoint["start"] if following is not None else newest or checkpoint["start"],
            "newest": newest,
            "next": following,
        }
        return Page(records, after, following is None, passed_over=len(updates) - len(wanted))

    def rewind(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """Ask from the beginning of the set again whose cursor is no longer known."""
        return {**checkpoint, "next": None} if checkpoint.get("next") else None

    def share(self, exchange: Exchange, signals: Sequence[Signal], now: datetime) -> list[Ask]:
        """Make a descriptor of each hash, for the group alone."""
        return [
            _post(
                exchange,
                "threat_descriptors",
                {
                    "indicator": one.value.hex(),
                    "type": _NAMES[one.type],
                    "description": "private media shared without consent",
                    "share_level": "AMBER",
                    "status": "MALICIOUS",
                    "privacy_type": "HAS_PRIVACY_GROUP",
                    "privacy_members": _group(exchange),
                    "tags": exchange.options.get("tags", ""),
                },
            )
            for one in signals
        ]

    def shared(self, signals: Sequence[Signal], answers: Sequence[bytes]) -> list[SharedHash]:
        """Remember the descriptors by which they are taken back."""
        made = [text_of(object_of(one, self.label), "id") for one in answers]
        return [
            SharedHash(one.type, one.value.hex(), handle if handle is not None and handle.isdecimal() else None)
            for one, handle in zip(signals, made, strict=True)
        ]

    def retract(self, exchange: Exchange, shared: Sequence[SharedHash], now: datetime) -> list[Ask]:
        """Let the descriptors expire now."""
        expired = {"expired_on": str(int(now.timestamp())), "status": _NOT_WANTED}
        return [_post(exchange, one.handle, expired) for one in shared if one.handle is not None]

    def feedback(
        self, exchange: Exchange, record: KeptRecord, feedback: Feedback, *, in_place_of: Feedback | None = None
    ) -> list[Ask]:
        """React to the descriptors of a hash; reactions add up there, so one that was wrong is taken away."""
        named = json.loads(record.handle) if record.handle else []
        form = {"reactions": _REACTIONS[feedback]}
        if in_place_of is not None and _REACTIONS[in_place_of] != _REACTIONS[feedback]:
            form["reactions_to_remove"] = _REACTIONS[in_place_of]
        return [_post(exchange, one, form) for one in named]


def _record(one: object) -> RemoteRecord:
    if not isinstance(one, Mapping):
        return RemoteRecord(id="?", problem="a record is an object")
    identity = str(one.get("id"))[:MOST_ID_CHARACTERS]
    updated = whole_number(one.get("last_updated"))
    if one.get("should_delete") is True or one.get("status") == _NOT_WANTED:
        return RemoteRecord(identity, updated, withdrawn=True)
    signal, problem = read_signal(_TYPES[str(one["type"])], one.get("indicator"))
    return RemoteRecord(identity, updated, signal=signal, problem=problem, handle=_descriptors(one))


def _descriptors(one: Mapping[str, object]) -> str | None:
    """Return the numbers of those who said that it is one, as JSON: they can be reacted to."""
    found = one.get("descriptors")
    listed = found.get("data") if isinstance(found, Mapping) else found
    if not isinstance(listed, list):
        return None
    names = [str(each["id"]) for each in listed if isinstance(each, Mapping) and str(each.get("id", "")).isdecimal()]
    return json.dumps(names[:_MOST_HANDLES]) if names else None


def _following(answer: Mapping[str, object]) -> str | None:
    """Return the parameters of the next page, without those that are ours to say."""
    paging = answer.get("paging")
    link = text_of(paging, "next") if isinstance(paging, Mapping) else None
    if link is None:
        return None
    try:
        parameters = parse_qsl(urlsplit(link).query, max_num_fields=40)
    except ValueError as error:
        message = "ThreatExchange answered a link to the next page that is none"
        raise ExchangeFailedError(message) from error
    return urlencode([(name, value) for name, value in parameters if name not in _OURS])


def _group(exchange: Exchange) -> str:
    return exchange.options["privacy_group"]


def _post(exchange: Exchange, path: str, form: Mapping[str, str]) -> Ask:
    body = urlencode({**form, _TOKEN: secret(exchange, _TOKEN)}).encode()
    return Ask(path, "POST", headers={"Content-Type": "application/x-www-form-urlencoded"}, body=body)
