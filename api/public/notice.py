"""
What was typed into the form -> a report, or what to ask for.

Invariant: a notice that lacks what the law asks for (a signature, good faith, a contact) is taken in all the same, and
its receipt says what is missing. Only what makes it impossible to look at anything is asked for here.
"""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from api.public.form import Form
from api.schemas.reports import ReportIn
from casework.domain.cases.minor import MINOR
from casework.domain.cases.report import Relation
from casework.domain.facts import Conduct

FILES, ON_DEVICE, NO_COPY = "files", "device", "none"
"""The three ways to say which picture it is."""

UNDER_AGE: Final = "The reporter ticked: a person shown is, or was then, underage (below 18)."
"""Added to the reasons, in the reviewers' language: hints find it there."""

_FIELD_OF: Final = {
    ("reporter", "relation"): "relation",
    ("reporter", "name"): "name",
    ("reporter", "contact"): "contact",
    ("reporter", "authority_evidence"): "authority",
    ("reporter", "uploader_id"): "account",
    ("statement", "signature"): "signature",
    ("statement", "explanation"): "explanation",
    ("content", "url"): "links",
    ("content", "other_urls"): "links",
    ("content", "upload_id"): "post",
    ("content", "uploader_id"): "uploader",
    ("content", "post_text"): "post_text",
    ("conduct",): "conduct",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A form as a report.

    Args:
        report: None where something has to be asked for.

        errors: What is wrong, by field: a name that the page has a sentence for.
    """

    report: ReportIn | None
    errors: dict[str, str]


def read_notice(form: Form) -> Notice:
    """Turn a form into a report."""
    errors = _lacks(form)
    try:
        report = ReportIn.model_validate(_report(form))
    except ValidationError as error:
        for problem in error.errors():
            field = _FIELD_OF[tuple(str(part) for part in problem["loc"][:2])]
            errors.setdefault(field, _sentence_for(str(problem["type"])))
        return Notice(None, errors)
    return Notice(None if errors else report, errors)


def _lacks(form: Form) -> dict[str, str]:
    """Ask for what nothing can be done without, and refuse what must not be sent."""
    errors = {}
    shared = form.text("conduct") in (None, Conduct.SHARED_MEDIA.value)
    way = form.text("way")
    if form.text("relation") not in list(Relation):
        errors["relation"] = "choose"
    if shared and form.text("nudity") is None:
        errors["nudity"] = "choose"
    if form.too_large is not None:
        errors["media"] = "too-large"
    elif form.too_many:
        errors["media"] = "too-many"
    elif form.files and form.ticked("young"):
        errors["media"] = "under-age"
    elif shared and way == FILES and not form.files:
        errors["media"] = "no-file"
    if shared and way == ON_DEVICE and not form.signals:
        errors["way"] = "no-script"
    elif shared and way not in (FILES, ON_DEVICE, NO_COPY):
        errors["way"] = "choose"
    if shared and way == NO_COPY and not form.lines("links"):
        errors["links"] = "no-link"
    return errors


def _report(form: Form) -> dict[str, object]:
    addresses = form.lines("links")
    explanation = [form.text("explanation"), UNDER_AGE if form.ticked("young") else None]
    return {
        "reporter": {
            "relation": form.text("relation"),
            "name": form.text("name"),
            "contact": form.text("contact"),
            "authority_evidence": form.text("authority"),
            "uploader_id": form.text("account"),
        },
        "statement": {
            "non_consent": form.ticked("non_consent"),
            "good_faith": form.ticked("good_faith"),
            "share_hashes": form.ticked("share_hashes"),
            "signature": form.text("signature"),
            "explanation": "\n\n".join(filter(None, explanation)) or None,
        },
        "content": {
            "url": addresses[0] if addresses else None,
            "other_urls": addresses[1:],
            "upload_id": form.text("post"),
            "uploader_id": form.text("uploader"),
            "post_text": form.text("post_text"),
            "no_copy": form.text("way") == NO_COPY,
        },
        "facts": {
            **({"nudity": True} if form.text("nudity") == "yes" else {}),
            **({MINOR: True} if form.ticked("young") else {}),
        },
        "conduct": form.text("conduct") or Conduct.SHARED_MEDIA.value,
    }


def _sentence_for(kind: str) -> str:
    return "too-long" if kind in ("string_too_long", "too_long") else "choose"
