"""Trying a policy on past cases: what is changed, and what would come out otherwise."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from casework.policy.replay.tally import EXAMPLES, MOST_EXAMPLES, ReplayKind

Number = StrictInt | StrictFloat

_TABLE = """
The decision table to try, as an object with `version` and `decision_table`, or that list alone. A row names a rule by
its `id` and says what of it is otherwise; a row with a new `id` says everything. Conditions (`when`) are facts and
their values. `staydown policy table --json` prints the running one; docs/POLICY.md describes the file.
"""


class ReplayIn(BaseModel):
    """A policy to try on what is past. Nothing is changed by it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"thresholds": {"pdq/1": 20}, "since": "2026-10-01T00:00:00Z"},
                {"table": [{"id": "R07", "hash_action": "hold_match_only"}, {"id": "R21"}]},
            ]
        },
    )

    table: dict[str, Any] | list[dict[str, Any]] | None = Field(None, description=" ".join(_TABLE.split()))
    thresholds: dict[str, Number] = Field(
        default_factory=dict,
        description="Of signal types, each inclusive: `pdq/1` and `phash/1` the most bits that may differ, `video/1` "
        "their median over the frames, `local/1` the least score.",
    )
    trust: dict[str, StrictBool] = Field(
        default_factory=dict,
        description='Rules of the trust ladder by id, or by what is lacking, that would not count: `{"T01": false}`.',
    )
    since: AwareDatetime | None = Field(None, description="Only what was opened, decided or matched since.")
    examples: Annotated[int, Field(ge=0, le=MOST_EXAMPLES)] = Field(
        EXAMPLES, description="How many to name of each change; the counts are of all."
    )
    after: str | None = Field(None, max_length=80, description="The `next` of the answer before.")


class ReplayCounts(BaseModel):
    """How many of each kind."""

    open_cases: int
    decisions: int
    matches: int


class ReplayResult(BaseModel):
    """What something comes to."""

    rule: str = Field(examples=["R07"])
    outcome: str = Field(
        description="Of a case or a decision what is recommended; of a match its verdict, or `no_match`.",
        examples=["REMOVE"],
    )
    hash_action: str | None = Field(description="Null of a match.", examples=["bank_context_free"])


class ReplayExample(BaseModel):
    """One that comes out otherwise."""

    case_id: str | None = Field(description="Null of an upload without a case.")
    decision_id: str | None
    upload: str | None
    takedown_id: str | None


class ReplayChange(BaseModel):
    """How many things come out otherwise in one way, and some of them."""

    model_config = ConfigDict(populate_by_name=True)

    of: ReplayKind
    before: ReplayResult = Field(alias="from", serialization_alias="from")
    to: ReplayResult
    decided: str | None = Field(
        description="What was decided: of a decision, or by a person about a match; null where nobody did.",
        examples=["uphold"],
    )
    by_policy: bool | None = Field(
        description="Whether the policy decided it by itself; null where nothing was decided."
    )
    in_line: bool | None = Field(
        description="Of a decision, whether it follows what would be recommended; false: it would need a reason."
    )
    case_state: str | None = Field(description="Of a match, where the upload's case stands; null without one.")
    count: int
    examples: list[ReplayExample] = Field(description="The first of them, as many as were asked for.")


class ReplayOut(BaseModel):
    """What past cases, decisions and matches would come to."""

    policy_version: str = Field(description="The running table's.", examples=["private-media/1"])
    tried_version: str = Field(description="The tried table's; the running one's where none is tried.")
    thresholds: dict[str, float]
    without: list[str] = Field(description="What may be lacking without keeping copies from being blocked by itself.")
    replayed: ReplayCounts = Field(description="What was looked at.")
    changed: ReplayCounts = Field(description="What of it comes out otherwise.")
    by_another_rule: int = Field(description="What comes to the same by another rule; not among the changes.")
    changes: list[ReplayChange] = Field(description="The most frequent first.")
    changes_left_out: int = Field(description="Rarer changes than those listed; they are counted above.")
    notes: list[str] = Field(description="What could not be read, or cannot be known from the record.")
    complete: bool = Field(description="Whether all was looked at within the time of one request.")
    next: str | None = Field(description="Pass as `after` to go on; null at the end.")
