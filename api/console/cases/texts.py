"""Words of a report and of a post, with the places marked that a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.schemas.casework.cases import CaseView
from api.schemas.reports import HintOut
from api.views.casework.hints import hints_out
from casework.hints.reading import find_hints

_KINDS: Final = {
    "phone_number": "phone number",
    "email": "e-mail address",
    "credentials": "credentials",
    "id_number": "number of an identity document",
    "threat": "threat",
    "money": "money",
    "bounty": "bounty",
    "minor": "age",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """
    A run of characters.

    Args:
        text: The characters.

        hint: What they look like, for a person; None for nothing to look at.
    """

    text: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class MarkedText:
    """
    One text.

    Args:
        label: What it is.

        pieces: Its characters, in order.
    """

    label: str
    pieces: tuple[Piece, ...]


def marked_texts(view: CaseView) -> list[MarkedText]:
    """Collect what was written about a post, and in it; messages are apart."""
    found: list[tuple[str, str, str | None]] = []
    if view.report is not None:
        report = view.report
        found.append(("Text of the post", "content.post_text", report.post_text))
        found.append(("Mandate", "reporter.authority_evidence", report.authority_evidence))
        found.append(("Why it is reported", "statement.explanation", report.explanation))
    if view.named_upload is not None:
        found.append(("Text of the named upload", "upload.post_text", view.named_upload.post_text))
    if view.upload is not None:
        found.append(("Text of the post", "upload.post_text", view.upload.post_text))
    hints = view.hints or hints_out(find_hints({field: text for _, field, text in found}, of_the_reporter={}))
    return [MarkedText(label, marked(text, field, hints)) for label, field, text in found if text]


def marked(text: str, field: str, hints: Sequence[HintOut]) -> tuple[Piece, ...]:
    """
    Cut a text where hints begin and end; of two that overlap, the first is marked.

    Args:
        text: The text.

        field: Its path, as hints name it.

        hints: Of all texts.
    """
    pieces: list[Piece] = []
    at = 0
    for hint in sorted((one for one in hints if one.field == field), key=lambda one: (one.start, -one.end)):
        if hint.start < at or hint.end > len(text):
            continue
        if hint.start > at:
            pieces.append(Piece(text[at : hint.start]))
        pieces.append(Piece(text[hint.start : hint.end], _KINDS.get(str(hint.kind), str(hint.kind))))
        at = hint.end
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)
