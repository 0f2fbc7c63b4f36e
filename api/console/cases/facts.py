"""The policy's facts as a form: what it shows, and what it sends back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casework.domain.facts import FACT_FIELDS, Facts, FactValue

PREFIX: Final = "fact."
"""Before the name of a fact in a form, which has other fields, too."""

_LABELS: Final[Mapping[str, str]] = {
    "conduct": "The post",
    "reporter": "Reported by",
    "authority": "Mandate",
    "reporter_depicted": "Reporter is, or acts for, a person depicted",
    "non_consent_stated": "Non-consent is stated",
    "permission_evidence": "Permission",
    "nudity": "Nude or intimate",
    "subject_status": "Person depicted",
    "context_assessed": "Context looked at",
    "harass_purpose": "Meant to harass or silence",
    "media_public_interest": "Media of public interest",
    "text_public_interest": "Text of public interest",
    "crisis_help": "Helps in a crisis",
    "newsworthy_event": "Part of a newsworthy event",
    "publicly_available": "Public before the leak",
    "mainstream_news": "In mainstream news",
    "safety_risk": "Risk to safety",
}


@dataclass(frozen=True, slots=True)
class FactRow:
    """
    One fact in a form.

    Args:
        field: Its name in the form.

        label: In two to seven words.

        help: In a sentence.

        value: As it is.

        choices: What else it may be, with words for people; empty for yes or no.
    """

    field: str
    label: str
    help: str
    value: FactValue
    choices: tuple[tuple[str, str], ...]


def fact_rows(facts: Facts) -> list[FactRow]:
    """Show facts, in the policy's order."""
    values = facts.to_mapping()
    return [
        FactRow(
            field=PREFIX + name,
            label=_LABELS[name],
            help=field.description,
            value=values[name],
            choices=()
            if isinstance(field.default, bool)
            else tuple((str(one), str(one).replace("_", " ")) for one in field.values),
        )
        for name, field in FACT_FIELDS.items()
    ]


def sent_facts(form: Mapping[str, object], known: Facts) -> dict[str, object]:
    """
    Read which facts a form changes.

    Args:
        form: What was sent. A box that is not ticked is not sent, so `facts` says that they were on the page.

        known: As they are.

    Returns:
        By name, those that differ; nothing is checked yet.
    """
    if "facts" not in form:
        return {}
    now = known.to_mapping()
    sent: dict[str, object] = {}
    for name, field in FACT_FIELDS.items():
        given = form.get(PREFIX + name)
        if isinstance(field.default, bool):
            sent[name] = given is not None
        elif given is not None:
            sent[name] = given
    return {name: value for name, value in sent.items() if value != now[name]}
