"""
The seventeen facts the policy decides on: who reports, what the post does, whom it shows, in which context.

Invariant: a `Facts` holds a value the policy knows for every fact; what comes from outside enters by `from_mapping` or
`with_changes`, which take no value of another type for a fact (1 is not true, "yes" is not true) and name every problem
at once. The defaults are those of the policy: a person depicted reports one shared picture and did not consent.
"""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from casework.domain.errors import FactProblem, FactValueError, UnknownFactError

FactValue = str | bool
"""What a fact is in JSON: true, false or one of a few words."""


class Conduct(StrEnum):
    """What the post does."""

    SHARED_MEDIA = "shared_media"
    PRIVATE_INFO = "private_info"
    THREAT_TO_EXPOSE = "threat_to_expose"
    INCENTIVISE_OTHERS = "incentivise_others"
    DEMAND_MONEY = "demand_money"
    OFFER_BOUNTY = "offer_bounty"
    SHARE_CREDENTIALS = "share_credentials"


class Reporter(StrEnum):
    """Who reports it; ``none`` where the platform found it by itself."""

    SUBJECT = "subject"
    AUTHORISED_REPRESENTATIVE = "authorised_representative"
    THIRD_PARTY = "third_party"
    NONE = "none"


class Authority(StrEnum):
    """What is known of a representative's mandate."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    NOT_APPLICABLE = "not_applicable"


class PermissionEvidence(StrEnum):
    """Whether the post was permitted, and who says so."""

    NONE = "none"
    CLAIMED_BY_POSTER = "claimed_by_poster"
    CONFIRMED_BY_SUBJECT = "confirmed_by_subject"


class SubjectStatus(StrEnum):
    """How public the person depicted is."""

    PRIVATE_INDIVIDUAL = "private_individual"
    PUBLIC_FIGURE = "public_figure"
    PUBLIC_CONVERSATION = "public_conversation"


class SafetyRisk(StrEnum):
    """How likely the post brings the person depicted into danger."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def _says(sentence: str) -> dict[str, str]:
    return {"description": sentence}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one case, as the policy's facts; each field's metadata describes it (see `FACT_FIELDS`)."""

    conduct: Conduct = field(
        default=Conduct.SHARED_MEDIA,
        metadata=_says("What the post does: shares media, exposes information, or one of five ways to press for it."),
    )
    reporter: Reporter = field(
        default=Reporter.SUBJECT, metadata=_says("Who reports it; none where the platform found it by itself.")
    )
    authority: Authority = field(
        default=Authority.NOT_APPLICABLE, metadata=_says("Whether a representative's mandate has been verified.")
    )
    reporter_depicted: bool = field(
        default=True,
        metadata=_says("False once it is established that the reporter neither is nor acts for a person depicted."),
    )
    non_consent_stated: bool = field(
        default=True, metadata=_says("Whether the report states that the person depicted did not consent.")
    )
    permission_evidence: PermissionEvidence = field(
        default=PermissionEvidence.NONE, metadata=_says("Whether this post was permitted, and who says so.")
    )
    nudity: bool = field(default=False, metadata=_says("Whether the media is nude or intimate."))
    subject_status: SubjectStatus = field(
        default=SubjectStatus.PRIVATE_INDIVIDUAL, metadata=_says("How public the person depicted is.")
    )
    context_assessed: bool = field(
        default=True, metadata=_says("Whether a person has looked at the context in which this post shares the media.")
    )
    harass_purpose: bool = field(
        default=False, metadata=_says("Whether the post is meant to harass, intimidate or silence the person depicted.")
    )
    media_public_interest: bool = field(
        default=False, metadata=_says("Whether the media itself is of public interest or adds to public discourse.")
    )
    text_public_interest: bool = field(
        default=False, metadata=_says("Whether the accompanying text is of public interest or adds to it.")
    )
    crisis_help: bool = field(
        default=False, metadata=_says("Whether the post tries to help someone in a crisis, as after a violent event.")
    )
    newsworthy_event: bool = field(
        default=False, metadata=_says("Whether the post is part of a newsworthy event of public interest.")
    )
    publicly_available: bool = field(
        default=False,
        metadata=_says("Whether the media was public independently of the leak that is complained about."),
    )
    mainstream_news: bool = field(default=False, metadata=_says("Whether mainstream news covers this media."))
    safety_risk: SafetyRisk = field(
        default=SafetyRisk.LOW, metadata=_says("How likely the post brings the person depicted into danger.")
    )

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> "Facts":
        """
        Read facts as they are sent or stored; those left out take their defaults.

        Args:
            mapping: By fact name; JSON true or false, or one of the fact's words.

        Raises:
            UnknownFactError: If a name is no fact. `errors` lists every problem, wrong values too.

            FactValueError: If all names are known and a value is not one its fact accepts.
        """
        return cls().with_changes(mapping)

    def with_changes(self, mapping: Mapping[str, object]) -> "Facts":
        """
        Return the facts with some of them changed.

        Args:
            mapping: As for `from_mapping`; those left out stay.

        Raises:
            UnknownFactError: As for `from_mapping`.

            FactValueError: As for `from_mapping`.
        """
        problems = [FactProblem(name, problem) for name, value in mapping.items() if (problem := _problem(name, value))]
        if any(problem.field not in FACT_FIELDS for problem in problems):
            raise UnknownFactError(problems)
        if problems:
            raise FactValueError(problems)
        # Each value was checked against its field just above; a mapping cannot tell the type checker so.
        changes: dict[str, Any] = {name: FACT_FIELDS[name].read(value) for name, value in mapping.items()}
        return replace(self, **changes)

    def to_mapping(self) -> dict[str, FactValue]:
        """Return every fact by name, as it is sent and stored; `from_mapping` reads it back to equal facts."""
        values = {name: getattr(self, name) for name in FACT_FIELDS}
        return {name: value.value if isinstance(value, StrEnum) else value for name, value in values.items()}

    @property
    def report_is_valid(self) -> bool:
        """
        Whether the person depicted reports, or a representative whose mandate was verified.

        That is who reports, not what the report says: non-consent is a fact of its own.
        """
        if self.reporter is Reporter.AUTHORISED_REPRESENTATIVE:
            return self.authority is Authority.VERIFIED
        return self.reporter is Reporter.SUBJECT


@dataclass(frozen=True, slots=True)
class FactField:
    """
    What a form, an API description or an error message needs to know of a fact.

    Args:
        name: As in the policy.

        values: All it accepts, in the policy's order.

        default: What it is where nothing is said.

        description: One sentence.
    """

    name: str
    values: tuple[FactValue, ...]
    default: FactValue
    description: str

    def accepts(self, value: object) -> bool:
        """Tell whether the value is one of `values`, of the same type."""
        if isinstance(self.default, bool):
            return isinstance(value, bool)
        return isinstance(value, str) and value in self.values

    def read(self, value: object) -> FactValue:
        """Turn an accepted value into what `Facts` holds: a bool, or a member of the fact's enumeration."""
        return type(self.default)(value)

    @property
    def accepted(self) -> str:
        """The accepted values as a message names them."""
        return "true or false" if isinstance(self.default, bool) else f"one of {', '.join(map(str, self.values))}"


def _fact_field(name: str, default: FactValue, description: str) -> FactField:
    values = tuple(type(default)) if isinstance(default, StrEnum) else (True, False)
    return FactField(name, values, default, description)


FACT_FIELDS: Mapping[str, FactField] = {
    item.name: _fact_field(item.name, getattr(Facts(), item.name), item.metadata["description"])
    for item in fields(Facts)
}
"""Every fact by name, in the policy's order."""


def _problem(name: str, value: object) -> str | None:
    if name not in FACT_FIELDS:
        return f"there is no such fact; the facts are {', '.join(FACT_FIELDS)}"
    if not FACT_FIELDS[name].accepts(value):
        return f"must be {FACT_FIELDS[name].accepted}, not {reprlib.repr(value)}"
    return None
