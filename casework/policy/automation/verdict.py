"""
Strength of the evidence × what the policy says -> what an upload pipeline is answered.

    policy, on the copy's inherited facts | exact, or near with two signals agreeing | one signal, or partial | weak
    remove, and the media is intimate     | block                                    | hold + case | allow + case
    remove, context matters; or review    | hold + case                              | hold + case | allow + case
    keep                                  | allow, recorded                          | allow, recorded | allow

Invariant: pixels do not decide. Only media banked as context-free blocks. Protected media never does, nor what a
takedown in quarantine matches, nor an interim or an imported one, nor one that lacks trust (`trust.py`), nor what was
reported by signals alone: those are what somebody says, and the values of one claim do not vouch for each other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from casework.domain.banking import HashAction
from casework.domain.takedowns.trust import Lack
from casework.domain.verdict import Verdict
from casework.policy.automation.trust import trust_rule
from casework.policy.recommendation import Outcome, Recommendation
from matcher.strength import Strength

MINIMUM_AGREEING_SIGNALS = 2
"""Independent signals that must agree before a near copy is acted on by itself: one may collide or be made to."""

_QUARANTINED = "The takedown matches far more people than its like; a person looks at all of it together."

INTERIM = "It matches media that was reported and is restricted until a person has decided."

LISTED = "It is on the list {source}, which came from others; nobody here has decided about it, so a person does."

_KEEPS = frozenset({Outcome.KEEP, Outcome.KEEP_DISCRETIONARY})


@dataclass(frozen=True, slots=True)
class VerdictResult:
    """
    What one match means for an upload.

    Args:
        verdict: What the pipeline is answered.

        opens_case: Whether a person must look.

        recorded: Whether the match is kept on record.

        reason: Why, in a sentence.
    """

    verdict: Verdict
    opens_case: bool
    recorded: bool
    reason: str

    @property
    def severity(self) -> tuple[int, bool, bool]:
        """A key that orders results: by verdict, then a case before none, then a record before none."""
        return self.verdict.rank, self.opens_case, self.recorded


NO_MATCH = VerdictResult(Verdict.ALLOW, opens_case=False, recorded=False, reason="It matches nothing that was removed.")


def judge(
    recommendation: Recommendation,
    *,
    strength: Strength,
    agreeing: int,
    hash_action: HashAction,
    protected: bool = False,
    claimed: bool = False,
    quarantined: bool = False,
    interim: bool = False,
    source: str | None = None,
    lacks: tuple[Lack, ...] = (),
) -> VerdictResult:
    """
    Say what one match means for the upload.

    Args:
        recommendation: The policy's, on the facts the copy inherits.

        strength: How sure the evidence is that it is a copy.

        agreeing: How many independent signals agree.

        hash_action: How the takedown was banked.

        protected: Whether the upload matches media that is protected as newsworthy: nothing is automatic then.

        claimed: Whether the reference was reported by its signals alone, without a file that somebody could look at.

        quarantined: Whether the takedown is in quarantine.

        interim: Whether nobody has decided yet.

        source: The list of others that the reference is on, where nobody here has decided about it; else None.

        lacks: What the takedown lacks before copies of it are blocked without a person.

    Returns:
        The verdict, and whether a case is opened and the match recorded.
    """
    if recommendation.outcome in _KEEPS:
        recorded = strength is not Strength.WEAK
        return VerdictResult(Verdict.ALLOW, opens_case=False, recorded=recorded, reason=recommendation.reasons[0])
    if strength is Strength.WEAK:
        return _for_a_person(Verdict.ALLOW, "The resemblance is weak; a person looks while the post stays.")
    doubt = INTERIM if interim else None if source is None else LISTED.format(source=source)
    doubt = doubt or _doubt(recommendation, hash_action, protected=protected, claimed=claimed, quarantined=quarantined)
    doubt = doubt or _doubt_about_trust(lacks)
    doubt = doubt or _doubt_about_evidence(strength, agreeing)
    if doubt is not None:
        return _for_a_person(Verdict.HOLD, doubt)
    reason = f"A copy of intimate media that was removed. {recommendation.reasons[0]}"
    return VerdictResult(Verdict.BLOCK, opens_case=False, recorded=True, reason=reason)


def judge_named(*, interim: bool) -> VerdictResult:
    """
    Say what it means for an upload that a report names it, where it does not look like what was sent in.

    Args:
        interim: Whether nobody has decided about the report yet.
    """
    reason = "The report names this very upload"
    rest = "a person has yet to decide." if interim else "it was upheld, and no signal agrees; a person confirms it."
    return _for_a_person(Verdict.HOLD, f"{reason}; {rest}")


def strictest(results: Iterable[VerdictResult]) -> VerdictResult:
    """Return the most severe of several matches' results, or `NO_MATCH` where there are none."""
    return max(results, key=lambda result: result.severity, default=NO_MATCH)


def _for_a_person(verdict: Verdict, reason: str) -> VerdictResult:
    return VerdictResult(verdict, opens_case=True, recorded=True, reason=reason)


def _doubt(
    recommendation: Recommendation, hash_action: HashAction, *, protected: bool, claimed: bool, quarantined: bool
) -> str | None:
    """Return why a person must look before anything is blocked, or None if nothing stands against it."""
    if recommendation.outcome is not Outcome.REMOVE:
        return recommendation.reasons[0]
    if not hash_action.acts_by_itself:
        return "A copy of removed media whose context matters; a person assesses this post."
    if protected:
        return "It also matches media protected as newsworthy, so a person decides."
    if quarantined:
        return _QUARANTINED
    if claimed:
        return "The removed media was reported by its signals alone and nobody here has seen it; a person confirms it."
    return None


def _doubt_about_trust(lacks: tuple[Lack, ...]) -> str | None:
    """Return why what is known of the takedown does not suffice to block, or None if it does."""
    return f"{trust_rule(lacks[0]).reason} A person confirms the first copy." if lacks else None


def _doubt_about_evidence(strength: Strength, agreeing: int) -> str | None:
    """Return why the evidence is not sure enough to block, or None if it is."""
    if strength is Strength.EXACT or (strength is Strength.NEAR and agreeing >= MINIMUM_AGREEING_SIGNALS):
        return None
    agrees = "Only one signal agrees" if strength is Strength.NEAR else "Only a part agrees, or not surely enough,"
    return f"{agrees} with removed media; a person confirms it."
