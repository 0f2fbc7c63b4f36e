"""How bodies that are read by hand, and errors, are described in the OpenAPI document."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from api.fetching.wire import MAX_URL_CHARACTERS
from api.http.incoming.media_urls import MEDIA_URL
from api.http.problems import PROBLEM_JSON, PROBLEMS

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


class ProblemOut(BaseModel):
    """A problem document, RFC 9457."""

    type: str = Field(description="Stable; what a program decides by.", examples=["urn:staydown:problem:unknown-id"])
    title: str
    status: int
    detail: str = Field(description="Names the value and the remedy.")
    errors: list[dict[str, str]] | None = Field(None, description="Field and message of each, where fields are wrong.")
    request_id: str | None = Field(None, description="As in the header `X-Request-Id`; the log names it.")


def problem_answers() -> dict[int | str, dict[str, Any]]:
    """Describe the answers that are errors, for every address, from the table of problems."""
    titles: dict[int, list[str]] = {}
    for _, problem in PROBLEMS:
        titles.setdefault(problem.status, []).append(problem.title)
    schema = inlined(ProblemOut)
    return {
        status: {"description": "; ".join(dict.fromkeys(named)), "content": {PROBLEM_JSON: {"schema": schema}}}
        for status, named in sorted(titles.items())
    }


def multipart_body(
    model: type[BaseModel], *, part: str, files: Literal["one", "many"], json_model: type[BaseModel] | None = None
) -> dict[str, Any]:
    """
    Describe a multipart body of files and one JSON part.

    Args:
        model: Schema of the JSON part.

        part: The name of the part.

        files: Whether `media` is one file or several.

        json_model: Schema of the plain JSON body that is taken instead, or None.
    """
    file = {"type": "string", "format": "binary"}
    media = file if files == "one" else {"type": "array", "items": file, "minItems": 1}
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [part],
                "properties": {"media": media, MEDIA_URL: _URL, part: inlined(model)},
                "anyOf": _SENT_OR_NAMED,
            },
            "encoding": {part: {"contentType": "application/json"}},
        },
        "application/json": _json_body({part: inlined(model)}, json_model, required=[part]),
    }
    return {"requestBody": {"required": True, "content": content}}


def file_body(*, json_model: type[BaseModel] | None = None) -> dict[str, Any]:
    """Describe a multipart body of one file, with the plain JSON body that is taken instead, if any."""
    depth = {"type": "string", "enum": ["fast", "deep"]}
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"media": {"type": "string", "format": "binary"}, MEDIA_URL: _URL, "depth": depth},
                "anyOf": _SENT_OR_NAMED,
            }
        },
        "application/json": _json_body({"depth": depth}, json_model),
    }
    return {"requestBody": {"required": True, "content": content}}


_URL = {
    "type": "string",
    "format": "uri",
    "maxLength": MAX_URL_CHARACTERS,
    "description": "Where the file is, in place of `media`; where `STAYDOWN_MEDIA_URLS` allows it.",
}
_SENT_OR_NAMED = [{"required": ["media"]}, {"required": [MEDIA_URL]}]


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


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's JSON schema with its definitions put where they are used."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:  # noqa: ANN401 - JSON schema is a tree of anything
        if isinstance(node, list):
            return [resolve(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolve(definitions[node["$ref"].rpartition("/")[2]])
        return {name: resolve(value) for name, value in node.items()}

    resolved: dict[str, Any] = resolve(schema)
    return resolved
