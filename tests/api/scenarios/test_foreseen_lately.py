"""What a decision would hit is worked out while its case is looked at, and anew where anything has changed since."""

from dataclasses import replace

from api.media.deep import foresee_within_budget
from api.media.foreseen_lately import KEPT_S, MOST, Basis, ForeseenLately
from casework.domain.actor import Role
from casework.domain.ids import CaseId
from casework.steps.finding.looking_ahead.foreseeing import Foreseen
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def copy_of(staydown: Staydown, seed: int) -> str:
    """Take a picture down and register a copy that a person decides on; return its case."""
    staydown.take_down(photo_bytes(seed))
    return staydown.upload(f"copy {seed}", photo_bytes(seed, quality=50), uploader_id="somebody")["case_id"]


def report_of(staydown: Staydown, seed: int) -> str:
    """Report a picture; return the case."""
    return staydown.report(photo_bytes(seed))["case_id"]


def test_nothing_is_worked_out_twice_where_nothing_changed(staydown: Staydown) -> None:
    """Whoever decides waits for no search; that the case is held by now changes nothing."""
    case_id = copy_of(staydown, 1500)
    ahead = foresee_within_budget(staydown.service, case_id)
    headers = staydown.headers(Role.MODERATOR)
    assert staydown.http.post(f"/v1/cases/{case_id}/claim", headers=headers).status_code == 200
    assert foresee_within_budget(staydown.service, case_id) is ahead


def test_upload_that_came_since_is_counted(staydown: Staydown) -> None:
    """A second person has to agree to what hits many, and many may come within a minute."""
    case_id = report_of(staydown, 1510)
    assert foresee_within_budget(staydown.service, case_id).blast_radius.uploads == 0
    staydown.upload("came since", photo_bytes(1510, quality=60), uploader_id="another")
    assert foresee_within_budget(staydown.service, case_id).blast_radius.uploads == 1


def test_decision_about_another_case_has_it_worked_out_anew(staydown: Staydown) -> None:
    """What somebody confirmed meanwhile is no stranger's picture any more, and matches already."""
    case_id, other = report_of(staydown, 1520), report_of(staydown, 1521)
    ahead = foresee_within_budget(staydown.service, case_id)
    decision = {"outcome": "uphold", "override_reason": "for a test"}
    headers = staydown.headers(Role.MODERATOR)
    assert staydown.http.post(f"/v1/cases/{other}/decision", headers=headers, json=decision).status_code == 200
    assert foresee_within_budget(staydown.service, case_id) is not ahead


def test_few_are_kept_and_none_for_long(staydown: Staydown) -> None:
    """Memory is bounded, whatever is opened and never decided."""
    seconds = [0.0]
    kept = ForeseenLately(now=lambda: seconds[0])
    with staydown.service.reading() as uow:
        basis = Basis.of(uow.cases.get(report_of(staydown, 1530)), uow)
    foreseen = Foreseen()
    kept.keep(basis, foreseen)
    assert kept.find(basis) is foreseen
    for number in range(MOST):
        kept.keep(Basis(basis.counters, replace(basis.case, id=CaseId(f"case_{number}")), ()), foreseen)
    assert kept.find(basis) is None
    kept.keep(basis, foreseen)
    seconds[0] = KEPT_S
    assert kept.find(basis) is None
