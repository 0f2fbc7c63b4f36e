"""Recording what was learned about a case: its facts, and a row of the audit log."""

from casework.domain.actor import Actor
from casework.domain.cases.case import Case
from casework.domain.facts import Facts
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


def learn(case: Case, facts: Facts, actor: Actor, uow: UnitOfWork) -> Case:
    """
    Give a case other facts; return it as it is then. `reconsider_interim` says what they restrict no longer.

    Args:
        case: Locked, open; the takedowns are locked.

        facts: All of its facts as they are known now.

        actor: Who learned it.

        uow: The transaction.
    """
    before = case.facts.to_mapping()
    changed = {name: value for name, value in facts.to_mapping().items() if before[name] != value}
    case = case.with_facts(facts)
    uow.cases.update(case)
    record(uow, actor, "case:facts:changed", case.id, **changed)
    return case
