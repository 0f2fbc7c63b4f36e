"""
A report: somebody says that private media was shared without consent.

Invariant: an incomplete report is taken in and says what is missing; it is never refused for a missing signature. The
clock of 48 hours runs from receipt (47 USC 223a(a)(3): elapsed hours, not business hours).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from casework.domain.actor import Actor
from casework.domain.errors import SamePersonError
from casework.domain.facts import Authority, Conduct, Facts, Reporter
from casework.domain.ids import CaseId, ReportId

RESPONSE_TIME = timedelta(hours=48)
MOST_OTHER_URLS = 50
"""Addresses in one report beside the first."""

_MAX_TARGET_CHARACTERS = 255


class Relation(StrEnum):
    """What the reporter is to the person depicted."""

    SUBJECT = "subject"
    AUTHORISED_REPRESENTATIVE = "authorised_representative"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class ReporterDetails:
    """
    Who reports.

    Args:
        relation: To the person depicted.

        name: As given.

        contact: Where the answer goes, as given.

        authority_evidence: What a representative offers as proof of mandate.

        uploader_id: The reporter's own account on the platform, if any: their own uploads are no violation.
    """

    relation: Relation
    name: str | None = None
    contact: str | None = None
    authority_evidence: str | None = None
    uploader_id: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """
    What the reporter declares: 47 USC 223a(a)(1)(B) and DSA Art. 16(2)(a) and (d).

    Args:
        explanation: Why it should not be there, in the reporter's own words.

        share_hashes: Whether they agree that hashes of the media are passed on to others who keep such media down.
    """

    non_consent: bool = False
    good_faith: bool = False
    signature: str | None = None
    explanation: str | None = None
    share_hashes: bool = False


@dataclass(frozen=True, slots=True)
class ReportedContent:
    """
    Where the media was seen, and whose post it was.

    Args:
        other_urls: Further addresses of the same.

        no_copy: Whether the reporter has nothing to send: the addresses alone say what it is, which is a notice, too
            (47 USC 223a(a)(1)(B)(ii), DSA Art. 16(2)(b)).
    """

    url: str | None = None
    upload_id: str | None = None
    uploader_id: str | None = None
    post_text: str | None = None
    other_urls: tuple[str, ...] = ()
    no_copy: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """
    A report as it was received; what is decided about it lives in its case.

    Args:
        filed_by: Actor who handed it in; they do not decide on it.

        target: What it is about, so that reports about the same are found: account, else post, else address.

        reporter_key: Tells reporters apart without naming them: a digest of contact or account; None if neither is
            given.
    """

    id: ReportId
    case_id: CaseId
    receipt_number: str
    receipt_secret_hash: bytes
    received_at: datetime
    deadline: datetime
    filed_by: str
    reporter: ReporterDetails
    statement: Statement
    content: ReportedContent
    target: str | None = None
    reporter_key: str | None = None

    def require_judged_by_another(self, actor: Actor) -> None:
        """
        Keep who filed a report from deciding what it asks for.

        Raises:
            SamePersonError: If the actor filed it.
        """
        if actor.id == self.filed_by and not actor.is_operator:
            message = f"report {self.id} was filed by {actor.id}; another person must decide on it"
            raise SamePersonError(message)


@dataclass(frozen=True, slots=True)
class ReportPattern:
    """
    Reports about one target within a window of time.

    Args:
        reports: How many.

        reporters: By how many different people; those who gave nothing to identify them by count one each.

        newcomers: How many of these had never reported before.
    """

    reports: int
    reporters: int
    newcomers: int


@dataclass(frozen=True, slots=True)
class ReporterHistory:
    """What became of a reporter's earlier reports: how many were decided, and how many of these were rejected."""

    decided: int
    rejected: int


def target_of(content: ReportedContent) -> str | None:
    """Say whom or what a report is about: the account that posted, else the post, else its address."""
    return content.uploader_id or content.upload_id or (content.url or "")[:_MAX_TARGET_CHARACTERS] or None


def reporter_key_of(reporter: ReporterDetails) -> str | None:
    """Tell reporters apart without naming them: 16 bytes of a digest, in hexadecimal."""
    who = (reporter.contact or "").strip().casefold() or reporter.uploader_id
    return hashlib.sha256(who.encode()).hexdigest()[:32] if who else None


def derived_facts(reporter: ReporterDetails, statement: Statement, conduct: Conduct) -> dict[str, str | bool]:
    """
    Read the facts a report states by its form alone; facts given explicitly take precedence over these, but for who
    reports: the form asks that.

    A mandate counts as unverified until somebody verified it.
    """
    representative = reporter.relation is Relation.AUTHORISED_REPRESENTATIVE
    return {
        "conduct": conduct.value,
        "reporter": Reporter(reporter.relation.value).value,
        "authority": (Authority.UNVERIFIED if representative else Authority.NOT_APPLICABLE).value,
        "non_consent_stated": statement.non_consent,
    }


def missing_elements(
    reporter: ReporterDetails, statement: Statement, content: ReportedContent, facts: Facts
) -> tuple[str, ...]:
    """
    Name what a complete notice still needs.

    Returns:
        Names out of ``signature``, ``good_faith``, ``non_consent``, ``contact``, ``location``, ``authority_evidence``.
    """
    names_media = facts.conduct is Conduct.SHARED_MEDIA
    mandate_shown = reporter.authority_evidence is not None or facts.authority is Authority.VERIFIED
    absent = {
        "signature": not statement.signature,
        "good_faith": not statement.good_faith,
        "non_consent": names_media and not facts.non_consent_stated,
        "contact": not reporter.contact,
        "location": not (content.url or content.upload_id),
        "authority_evidence": facts.reporter is Reporter.AUTHORISED_REPRESENTATIVE and not mandate_shown,
    }
    return tuple(name for name, is_absent in absent.items() if is_absent)
