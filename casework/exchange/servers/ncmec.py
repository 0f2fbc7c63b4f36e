"""
NCMEC's hash sharing, version 2: XML, with a name and a password.

    GET  v2/entries?from&to                       what changed in a span of time, page by page
    PUT  v2/entries/{member}/{id}/PDQ/feedback    what became of one

Entries come in no order, so only what was read to its end moves the checkpoint on; until then it names the span and
where in it we are.

It is off unless the operator allows it. What is on these lists shows children. Staydown has no route for that: whoever
finds such media has to keep it and report it, by law, to those who may look at it, and must neither show it to
moderators nor let a person decide whether it may stay. `STAYDOWN_NCMEC=true` is for those who have that route and want
such uploads held until it is taken.
"""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from casework.domain.errors import ExchangeFailedError
from casework.domain.exchanges.exchange import Checkpoint, Exchange
from casework.domain.exchanges.records import KeptRecord, Page, RemoteRecord
from casework.domain.exchanges.sending import Feedback
from casework.exchange.servers.base import MOST_ID_CHARACTERS, ExchangeServer, Field, read_signal, require_few, secret
from casework.ports.asking import Ask
from matcher.signals.pdq import Pdq

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"
_NAMESPACE: Final = "https://hashsharing.ncmec.org/hashsharing/v2"
_FIRST: Final = "1970-01-01T00:00:00Z"
_DELETED: Final = "deleted"
_KINDS: Final = ("image", "video")
_LATE: Final = timedelta(minutes=5)
"""What was entered while we read may come with an earlier moment: spans overlap by this much."""


class Ncmec(ExchangeServer):
    """Hashes of media that shows children."""

    name = "ncmec"
    label = "NCMEC hash sharing"
    address = "https://report.cybertip.org/hashsharing"
    options = (
        Field("negative_reason", "the reason, a GUID of its list, that is given with every negative", needed=False),
    )
    secrets = (Field("username", "the member's name"), Field("password", "the member's password"))
    off_because = (
        "what is on NCMEC's lists shows children, and Staydown has no route for that: it has to be reported by law and "
        "must not be shown to moderators; set STAYDOWN_NCMEC=true only where such a route exists"
    )

    def begin(self, exchange: Exchange, now: datetime) -> tuple[Checkpoint, bool]:
        """Go on within a span, or begin the next."""
        known = exchange.checkpoint
        if known.get("next"):
            return known, False
        until = now.astimezone(UTC).strftime(_FORMAT)
        return {"from": known.get("from") or _FIRST, "to": until, "next": None}, False

    def page(self, exchange: Exchange, checkpoint: Checkpoint) -> Ask:
        """Ask for a page."""
        query = {"from": str(checkpoint["from"]), "to": str(checkpoint["to"])}
        if checkpoint.get("next"):
            query = dict(parse_qsl(str(checkpoint["next"])))
        return Ask("v2/entries", query=query, headers=_headers(exchange))

    def read(self, body: bytes, checkpoint: Checkpoint) -> Page:
        """Read a page."""
        root = _root(body)
        entries = list(_entries(root))
        require_few(entries, self.label)
        records = [_record(one) for one in entries]
        following = _following(root)
        if following is not None and following == checkpoint.get("next"):
            message = f"{self.label} answers the same page again"
            raise ExchangeFailedError(message)
        wanted = [one for one in records if one is not None]
        after: dict[str, str | int | bool | None] = {**checkpoint, "next": following}
        if following is None:
            begin_again = datetime.strptime(str(checkpoint["to"]), _FORMAT).replace(tzinfo=UTC) - _LATE
            after = {"from": max(str(checkpoint["from"]), begin_again.strftime(_FORMAT)), "next": None}
        return Page(wanted, after, following is None, passed_over=len(records) - len(wanted))

    def rewind(self, checkpoint: Checkpoint) -> Checkpoint | None:
        """Begin the span again."""
        return {**checkpoint, "next": None} if checkpoint.get("next") else None

    def feedback(
        self, exchange: Exchange, record: KeptRecord, feedback: Feedback, *, in_place_of: Feedback | None = None
    ) -> list[Ask]:
        """
        Say whether it was what it is said to be; what our own policy makes of it is nothing to tell.

        A member's new word is put in the place of its old one.
        """
        root = ET.Element("feedbackSubmission", xmlns=_NAMESPACE)
        reason = exchange.options.get("negative_reason")
        if feedback is Feedback.CONFIRMED:
            ET.SubElement(root, "affirmative")
        elif feedback is Feedback.NOT_A_COPY and reason:
            reasons = ET.SubElement(ET.SubElement(root, "negative"), "reasonIds")
            ET.SubElement(reasons, "guid").text = reason
        else:
            return []
        body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        headers = {**_headers(exchange), "Content-Type": "application/xml"}
        return [Ask(f"v2/entries/{record.handle}/feedback", "PUT", headers=headers, body=body)]


def _headers(exchange: Exchange) -> dict[str, str]:
    pair = f"{secret(exchange, 'username')}:{secret(exchange, 'password')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _root(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body:  # no entity is ours to expand
        message = "NCMEC hash sharing answered XML with declarations, which is not read"
        raise ExchangeFailedError(message)
    try:
        return ET.fromstring(body)  # noqa: S314 - without declarations there is nothing to expand
    except (ET.ParseError, ValueError, LookupError) as error:
        message = "NCMEC hash sharing answered no XML"
        raise ExchangeFailedError(message) from error


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((one for one in element if _tag(one) == name), None)


def _text(element: ET.Element, name: str) -> str | None:
    found = _child(element, name)
    return None if found is None or found.text is None else found.text.strip() or None


def _entries(root: ET.Element) -> Iterator[ET.Element]:
    for name in ("images", "videos"):
        yield from _child(root, name) or ()


def _record(entry: ET.Element) -> RemoteRecord | None:
    """Read an entry; None for one without a hash that is searched here."""
    tag = _tag(entry).casefold()
    kind = tag.removeprefix(_DELETED)
    member = _child(entry, "member")
    place = (None if member is None else member.get("id"), _text(entry, "id"), kind)
    name = "/".join(str(one) for one in place)[:MOST_ID_CHARACTERS]
    if kind not in _KINDS or any(one is None or not _is_plain(one) for one in place):
        return RemoteRecord(name, problem="it names no member, number and kind")
    if tag.startswith(_DELETED):
        return RemoteRecord(name, withdrawn=True)
    fingerprints = _child(entry, "fingerprints")
    value = None if fingerprints is None else _text(fingerprints, "pdq")
    if value is None:
        return None
    signal, problem = read_signal(Pdq.name, value)
    return RemoteRecord(name, signal=signal, problem=problem, handle=f"{place[0]}/{place[1]}/PDQ")


def _is_plain(text: str) -> bool:
    """Tell whether a text may be a step of a path."""
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _following(root: ET.Element) -> str | None:
    paging = _child(root, "paging")
    link = None if paging is None else _text(paging, "next")
    if link is None:
        return None
    try:
        parameters = parse_qsl(urlsplit(link).query, max_num_fields=40)
    except ValueError as error:
        message = "NCMEC hash sharing answered a link to the next page that is none"
        raise ExchangeFailedError(message) from error
    return urlencode(parameters)
