"""Schemas of objects that are kept as they were answered: written as they lie, described by what wrote them."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, Field


class ProblemOut(BaseModel):
    """A problem document, RFC 9457."""

    type: str = Field(description="Stable; what a program decides by.", examples=["urn:staydown:problem:unknown-id"])
    title: str
    status: int
    detail: str = Field(description="Names the value and the remedy.")
    errors: list[dict[str, str]] | None = Field(None, description="Field and message of each, where fields are wrong.")
    request_id: str | None = Field(None, description="As in the header `X-Request-Id`; the log names it.")


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


def one_of(*models: type[BaseModel]) -> Any:  # noqa: ANN401 - what pydantic calls it is private
    """
    Describe an object, or null, as one of these.

    Args:
        models: What may have written it.
    """
    return Field(json_schema_extra={"anyOf": [*(inlined(one) for one in models), {"type": "null"}]})


WrittenProblem: TypeAlias = Annotated[dict[str, Any] | None, one_of(ProblemOut)]
"""A problem document, as somebody was answered; null where there was none."""

PROBLEM: Final = inlined(ProblemOut)
"""Its schema."""
