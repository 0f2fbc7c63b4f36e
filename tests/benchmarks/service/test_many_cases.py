"""What is measured where thousands wait is made with a handful: the policy that it is made under changes."""

import argparse
import random

from benchmarks.service.deciding import temporary_service
from benchmarks.service.many_cases import fill
from casework.domain.cases.case import CaseState
from casework.domain.cases.listing import CaseFilter


def test_every_case_waits_and_as_many_ask_about_one_picture() -> None:
    """Copies that needed no person, or went to one case together, would make lists and the one decision look fast."""
    few = argparse.Namespace(cases=12, takedowns=2, together=5, features=False)
    with temporary_service() as service:
        _, together = fill(service, few, random.Random(1), lambda _: None)
        with service.reading() as uow:
            asked = CaseFilter(state=CaseState.OPEN)
            waiting, _ = uow.cases.listed(asked, now=uow.now, after=None, limit=20)
    assert len(waiting) == few.cases
    assert sum(one.takedown_id == together for one in waiting) == few.together
