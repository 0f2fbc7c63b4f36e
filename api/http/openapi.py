"""How bodies that are read by hand, and errors, are described in the OpenAPI document."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel

from api.fetching.wire import MAX_URL_CHARACTERS
from api.http.incoming.media_urls import MEDIA_URL
from api.http.problems import PROBLEM_JSON, PROBLEMS
from api.schemas.described import PROBLEM, inlined

DESCRIPTION = """
Keeps removed private media down: **find** copies of known media, let **people decide**, carry the decision
**everywhere**, with proof.

* **Pipelines** register uploads and ask "may this be published?" The answer is exact as of everything committed before
  the request began.
* **Reports** open cases with a 48-hour clock; a receipt lets the reporter follow without an account.
* **Moderators** decide with a recommendation that names its rule and its reasons.
* **Takedowns** stand until they are withdrawn or overturned; then nothing of them matches any more.

Errors are RFC 9457 problem documents with a stable `type`. Unsafe requests take `Idempotency-Key`.
"""

TAGS = [
    {"name": "pipelines", "description": "Register uploads, ask about media and signals."},
    {"name": "reports", "description": "File a report, follow it with its receipt."},
    {"name": "cases", "description": "What waits to be decided, and deciding it."},
    {"name": "takedowns", "description": "What stands, and taking it back."},
    {"name": "appeals", "description": "Looking at a decision again, by somebody else."},
    {"name": "policy", "description": "What past cases would come to under another policy."},
    {
        "name": "propagation",
        "description": "Which systems are sent events, what each was sent and when, and the feed of events.",
    },
    {"name": "operations", "description": "Keys, health, figures."},
]


def problem_answers() -> dict[int | str, dict[str, Any]]:
    """Describe the answers that are errors, for every address, from the table of problems."""
    titles: dict[int, list[str]] = {}
    for _, problem in PROBLEMS:
        titles.setdefault(problem.status, []).append(problem.title)
    return {
        status: {"description": "; ".join(dict.fromkeys(named)), "content": {PROBLEM_JSON: {"schema": PROBLEM}}}
        for status, named in sorted(titles.items())
    }


def multipart_body(
    model: type[BaseModel],
    *,
    part: str,
    files: Literal["one", "two", "many"],
    json_model: type[BaseModel] | None = None,
) -> dict[str, Any]:
    """
    Describe a multipart body of files and one JSON part.

    Args:
        model: Schema of the JSON part.

        part: The name of the part.

        files: Whether `media` is one file, two or several; of two, none is named by an address.

        json_model: Schema of the plain JSON body that is taken instead, or None.
    """
    several: dict[str, Any] = {"type": "array", "items": BINARY, "minItems": 1}
    files_sent: dict[str, Any] = {"one": BINARY, "two": {**several, "minItems": 2, "maxItems": 2}, "many": several}[
        files
    ]
    about = {part: inlined(model)}
    form, plain = _form("media", files_sent, about, [part]), _json_body(about, json_model, required=[part])
    if files == "two":
        plain = {"schema": inlined(json_model)} if json_model is not None else {}
    else:
        form = {"anyOf": [form, _form(MEDIA_URL, _URL, about, [part])]}
    content: dict[str, Any] = {
        "multipart/form-data": {"schema": form, "encoding": {part: {"contentType": "application/json"}}},
        "application/json": plain,
    }
    return {"requestBody": {"required": True, "content": content}}


def file_body(*, json_model: type[BaseModel] | None = None) -> dict[str, Any]:
    """Describe a multipart body of one file, with the plain JSON body that is taken instead, if any."""
    depth = {"depth": {"type": "string", "enum": ["fast", "deep"]}}
    content: dict[str, Any] = {
        "multipart/form-data": {"schema": {"anyOf": [_form("media", BINARY, depth), _form(MEDIA_URL, _URL, depth)]}},
        "application/json": _json_body(depth, json_model),
    }
    return {"requestBody": {"required": True, "content": content}}


BINARY: Final = {"type": "string", "format": "binary"}
"""A file, in a form or as an answer."""


_URL = {
    "type": "string",
    "format": "uri",
    "maxLength": MAX_URL_CHARACTERS,
    "description": "Where the file is, in place of `media`; where `STAYDOWN_MEDIA_URLS` allows it.",
}


def _form(name: str, file: dict[str, Any], others: dict[str, Any], required: Sequence[str] = ()) -> dict[str, Any]:
    """Describe a form with a file, or with where it is; whole, so that programs are generated from each."""
    properties = {name: file, **others}
    title = "MediaSent" if name == "media" else "MediaNamed"
    return {"type": "object", "title": title, "required": [name, *required], "properties": properties}


def _json_body(
    properties: dict[str, Any], json_model: type[BaseModel] | None, *, required: Sequence[str] = ()
) -> dict[str, Any]:
    """Describe the JSON that is taken in place of a form: a file by its address, or what a schema describes."""
    named = {
        "type": "object",
        "title": "MediaByUrl",
        "required": [MEDIA_URL, *required],
        "properties": {MEDIA_URL: _URL, **properties},
    }
    return {"schema": named if json_model is None else {"anyOf": [inlined(json_model), named]}}
