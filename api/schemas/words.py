"""
Words that answers are made of, as the API's reference lists them: programs are generated from it.

At run time each is a plain text or object, as it is written; only its description says which values there are.
"""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import Field

from casework.domain.facts import FACT_FIELDS, FactField
from casework.policy.recommendation import Outcome
from matcher.signals import SIGNAL_TYPES
from matcher.strength import Strength


def _one_of(*words: str) -> Any:  # noqa: ANN401 - what pydantic calls it is private
    return Field(json_schema_extra={"enum": list(words)})


StrengthWord: TypeAlias = Annotated[str, _one_of(*(one.value for one in Strength))]
"""How sure a match is."""

VerdictWord: TypeAlias = Annotated[str, _one_of("allow", "hold", "block")]
"""What is to be done with an upload."""

MediaKindWord: TypeAlias = Annotated[str, _one_of("image", "video", "unknown")]
"""What a file is; ``"unknown"`` where signals came without one."""

SignalTypeWord: TypeAlias = Annotated[str, _one_of(*SIGNAL_TYPES)]
"""The type of a fingerprint."""

OutcomeWord: TypeAlias = Annotated[str, _one_of(*(one.value for one in Outcome))]
"""What the policy recommends."""


def _fact(field: FactField) -> dict[str, Any]:
    if isinstance(field.default, bool):
        return {"type": "boolean", "description": field.description}
    return {"type": "string", "enum": [str(one) for one in field.values], "description": field.description}


FACTS_DESCRIBED: Final[dict[str, Any]] = {
    "properties": {name: _fact(field) for name, field in FACT_FIELDS.items()},
    "additionalProperties": False,
}
"""The schema of facts: which there are, what each accepts, and what it says."""

KnownFacts: TypeAlias = Annotated[dict[str, str | bool], Field(json_schema_extra=FACTS_DESCRIBED)]
"""Facts, by name."""
