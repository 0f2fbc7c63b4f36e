"""What a receipt says became of a report: what was searched, who was told, and what happened, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.schemas.reports import SearchedOut, ToldOut
from casework.domain.cases.case import Case
from casework.domain.takedowns.propagation import DeliveryState
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork

_WORST_FIRST = (DeliveryState.DEAD, DeliveryState.FAILED, DeliveryState.PENDING, DeliveryState.DELIVERED)


@dataclass(frozen=True, slots=True)
class Sentence:
    """
    A sentence that a page may say in another language; as text it is English.

    Args:
        text: With a place for each value: ``"%(found)s copies were found."``

        values: Numbers, by name.
    """

    text: str
    values: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in English."""
        return self.text % self.values


MAY_BE_A_MINOR = Sentence(
    "It may be about somebody who is under 18. Such reports are not handled by automatic means: a person looks at "
    "yours and takes the steps that the law asks for."
)
NOTHING_IS_KEPT = Sentence("We have kept no picture, no video and no fingerprint of them. Please do not send any here.")
HELP_FOR_MINORS = Sentence(
    "There is help, free of charge and without giving a name: Take It Down (takeitdown.ncmec.org) for pictures of "
    "people under 18, in the United Kingdom Report Remove, and the police wherever you are."
)
OPEN_ABOUT_A_MINOR = (
    Sentence("If this is a mistake, tell us in an answer."),
    Sentence("Nobody has decided about it yet."),
)
REFERRED = (Sentence("It was handed over to those who are responsible for the protection of minors."),)


def _about_minors(case: Case) -> list[Sentence]:
    """Say it plainly, and without saying what nobody has found out yet."""
    said = [MAY_BE_A_MINOR, NOTHING_IS_KEPT, HELP_FOR_MINORS]
    return [*said, *(OPEN_ABOUT_A_MINOR if case.is_open else REFERRED)]


def searched(takedowns: Sequence[Takedown], uow: UnitOfWork) -> SearchedOut:
    """Count what was looked for among registered uploads because of these takedowns, and what became of it."""
    looked = any(one.effective_at is not None and one.hash_action.is_banked for one in takedowns)
    found = uow.uploads.many({upload for one in takedowns for upload in uow.matches.of_takedown(one.id)}).values()
    return SearchedOut(
        uploads=uow.figures.uploads() if looked else 0,
        found=len(found),
        held=sum(one.verdict is Verdict.HOLD for one in found),
        blocked=sum(one.verdict is Verdict.BLOCK for one in found),
    )


def told(takedowns: Sequence[Takedown], uow: UnitOfWork) -> list[ToldOut]:
    """List the systems that were sent a report's takedowns, each with the state of what is furthest from done."""
    states: dict[str, set[DeliveryState]] = {}
    for takedown in takedowns:
        for tally in uow.deliveries.tally(takedown.id):
            states.setdefault(uow.destinations.get(tally.destination_id).name, set()).add(tally.state)
    return [
        ToldOut(destination=name, state=next(one for one in _WORST_FIRST if one in found))
        for name, found in sorted(states.items())
    ]


def happened(case: Case, takedowns: Sequence[Takedown], found: SearchedOut, sent: Sequence[ToldOut]) -> list[Sentence]:
    """Say, in sentences, what became of a report so far."""
    said = [Sentence("We have your report.")]
    if case.linked_takedown_id is not None:
        said.append(Sentence("This media was being kept down already when you reported it."))
    if case.minor is not None:
        return [*said, *_about_minors(case)]
    stands = any(one.state is TakedownState.ACTIVE for one in takedowns)
    ended = any(one.reversed_at is not None and one.effective_at is not None for one in takedowns)
    if case.is_open:
        said.append(Sentence("Nobody has decided about it yet."))
        if any(one.is_interim for one in takedowns):
            said.append(Sentence("Until somebody has, copies of it are held."))
    elif stands:
        said.append(Sentence("It was decided that it is removed."))
    elif ended:
        said.append(Sentence("It was removed, and that was taken back."))
    if found.uploads:
        said.append(
            Sentence(
                "%(uploads)s uploads were searched and %(found)s copies found: "
                "%(blocked)s are blocked, %(held)s are held until somebody has looked.",
                {name: getattr(found, name) for name in ("uploads", "found", "blocked", "held")},
            )
        )
    if sent:
        reached = sum(one.state is DeliveryState.DELIVERED for one in sent)
        counts = {"reached": reached, "systems": len(sent)}
        said.append(Sentence("%(reached)s of %(systems)s other systems have confirmed that they were told.", counts))
    return said
