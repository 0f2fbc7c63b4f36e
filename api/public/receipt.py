"""
`/receipt`: what became of a report, for whoever holds its receipt, and what they can do.

Number and secret come in each form and go back in the forms of the page that answers it: never in an address, never in
a cookie. Who shows wrong ones has to wait, as at `/v1/receipts`.
"""

import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool

from api.errors import IdempotencyConflictError, TooManyRequestsError
from api.http.auth import Open, ServiceDep, host_of, wrong_receipts_counted
from api.http.incoming.bodies import parse
from api.http.incoming.forms import MOST_FILES
from api.http.problems import problem_of
from api.http.repeats.idempotent import IdempotentRequest
from api.http.routers import Router
from api.pages.languages import ENGLISH, translations_of
from api.pages.same_origin import require_same_origin
from api.pages.templates import language_of
from api.public.form import Form, read_form
from api.public.report import problem_with_file
from api.public.showing import show
from api.schemas.casework.appeals import ReceiptAppealIn
from api.schemas.casework.messages import AnswerIn
from api.schemas.reports import ReceiptWithdrawIn, SearchedOut
from api.service import Service
from api.steps.notices import take_in_answer
from api.views.receipts import receipt_view
from api.views.whereabouts import Sentence, happened
from casework.domain.cases.appeal import AppealBy
from casework.domain.cases.report import Report
from casework.domain.errors import FactsError, NotYoursToWithdrawError, ReceiptError, WrongStateError
from casework.handlers.erasing.erase import erase_with_receipt
from casework.handlers.reports.intake import report_of_receipt
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.handlers.standing.reverse import withdraw_report
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.reports.next_steps import decision_to_appeal
from casework.steps.taking_back.reversal import holder_of
from matcher.errors import MediaError

WITHDRAWN_WITHOUT_REASON: Final = "withdrawn with the receipt, without a reason"

_SHOWN_APART: Final = SearchedOut(uploads=0, found=0, held=0, blocked=0)
"""What was searched, and who was told, have places of their own on the page."""

_SPACES: Final = re.compile(r"\s+")

router = Router(include_in_schema=False)

_OPEN: Final = Depends(Open("whoever holds a receipt; its number and secret are in the form, and looked at first"))


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A receipt as it was typed in, and the report it belongs to.

    Args:
        form: What else was typed; None like the report if number and secret do not belong together.

        retry_after_s: How long to wait after too many wrong ones; 0 for not at all.
    """

    number: str = ""
    secret: str = ""
    form: Form | None = None
    report: Report | None = None
    retry_after_s: int = 0


async def receipt_of_form(request: Request, service: ServiceDep) -> AsyncIterator[Shown]:
    """
    Read a form and find the report whose receipt it shows; files are kept only for whoever shows one.

    Raises:
        TooManyRequestsError: If too many receipts came from this address.
    """
    await run_in_threadpool(service.rate_limits.require_receipt, host_of(request))

    async def before_files(fields: Mapping[str, str]) -> None:
        await run_in_threadpool(_find, request, service, *_typed(fields))

    reading = read_form(request, service, before_files=before_files)
    try:
        form = await anext(reading)
        report = await run_in_threadpool(_find, request, service, *_typed(form.fields))
        shown = Shown(*_typed(form.fields), form, report)
    except ReceiptError:
        shown = Shown()
    except TooManyRequestsError as error:
        shown = Shown(retry_after_s=error.retry_after_s)
    try:
        yield shown
    finally:
        await reading.aclose()


def _typed(fields: Mapping[str, str]) -> tuple[str, str]:
    """Return number and secret as they were given out, however they were copied."""
    number, secret = (_SPACES.sub("", fields.get(name, "")) for name in ("number", "secret"))
    return number.upper(), secret


def _find(request: Request, service: Service, number: str, secret: str) -> Report:
    with wrong_receipts_counted(service, request, f"{number} {secret}"), service.reading() as uow:
        return report_of_receipt(number, secret, uow)


OfForm = Annotated[Shown, Depends(receipt_of_form)]
_CHANGES: Final = [_OPEN, Depends(require_same_origin)]


@router.get("/receipt", dependencies=[_OPEN])
def ask(request: Request) -> Response:
    """Ask for number and secret."""
    return show(request, "receipt_wanted.html", wrong=False, retry_after_s=0)


@router.post("/receipt", dependencies=_CHANGES)
def look(request: Request, service: ServiceDep, shown: OfForm) -> Response:
    """Show how a report stands."""
    return _answer(request, service, shown)


@router.post("/receipt/answer", dependencies=_CHANGES)
async def answer(request: Request, service: ServiceDep, shown: OfForm) -> Response:
    """Answer, and add what is missing."""
    if shown.report is None or shown.form is None:
        return await run_in_threadpool(_answer, request, service, shown)
    said = await _say(service, shown.report, shown.form)
    return await run_in_threadpool(_answer, request, service, shown, said)


@router.post("/receipt/withdraw", dependencies=_CHANGES)
def withdraw(request: Request, service: ServiceDep, shown: OfForm) -> Response:
    """Withdraw the report."""

    def work(report: Report, form: Form, uow: SqlUnitOfWork) -> str:
        given = parse(ReceiptWithdrawIn, {"reason": form.text("reason")})
        withdraw_report(report, given.reason or WITHDRAWN_WITHOUT_REASON, uow)
        return "withdrawn"

    return _do(request, service, shown, work, confirmed_by="sure_withdraw")


@router.post("/receipt/erase", dependencies=_CHANGES)
def erase(request: Request, service: ServiceDep, shown: OfForm) -> Response:
    """Withdraw the report and erase it."""

    def work(report: Report, _: Form, uow: SqlUnitOfWork) -> str:
        erase_with_receipt(report, uow)
        return "erasing"

    return _do(request, service, shown, work, confirmed_by="sure_erase")


@router.post("/receipt/appeal", dependencies=_CHANGES)
def appeal(request: Request, service: ServiceDep, shown: OfForm) -> Response:
    """Have the decision looked at again."""

    def work(report: Report, form: Form, uow: SqlUnitOfWork) -> str:
        given = parse(ReceiptAppealIn, {"grounds": form.text("grounds") or ""})
        decision = decision_to_appeal(report, uow)
        file_appeal(FileAppeal(decision.id, AppealBy.REPORTER, given.grounds, holder_of(report)), uow)
        return "appealed"

    return _do(request, service, shown, work, confirmed_by="grounds")


@dataclass(frozen=True, slots=True)
class _Said:
    """
    What came of a step, beside how the report stands then.

    Args:
        done: A name that the page has a sentence for; None where nothing was done.

        errors: What is wrong, by field.

        status: HTTP status.
    """

    done: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    status: int = 200


Work = Callable[[Report, Form, SqlUnitOfWork], str]


def _do(request: Request, service: Service, shown: Shown, work: Work, *, confirmed_by: str) -> Response:
    """Take a step in one transaction, once the person has said that they mean it."""
    if shown.report is None or shown.form is None:
        return _answer(request, service, shown)
    if not shown.form.ticked(confirmed_by):
        return _answer(request, service, shown, _Said(errors={confirmed_by: "needed"}, status=422))
    try:
        with service.writing() as uow:
            done = work(shown.report, shown.form, uow)
    except RequestValidationError:
        return _answer(request, service, shown, _Said(errors={confirmed_by: "too-long"}, status=422))
    except (WrongStateError, NotYoursToWithdrawError):
        return _answer(request, service, shown, _Said(errors={"step": "not-now"}, status=409))
    return _answer(request, service, shown, _Said(done))


async def _say(service: Service, report: Report, form: Form) -> _Said:
    if form.too_large is not None:
        return _Said(errors={"media": "too-large"}, status=413)
    if form.too_many:
        return _Said(errors={"media": "too-many"}, status=422)
    try:
        given = parse(AnswerIn, _given(report, form))
    except RequestValidationError:
        return _Said(errors={"text": "too-long"}, status=422)
    if given.is_empty and not form.files:
        return _Said(errors={"text": "needed"}, status=422)
    key = form.text("request")
    once = IdempotentRequest(service, method="POST", path="/receipt/answer", key=key and key[:64])
    try:
        await take_in_answer(once, report, given, form.body)
    except MediaError as error:
        problem = problem_of(error)
        return _Said(errors=problem_with_file(error, form), status=422 if problem is None else problem.status)
    except IdempotencyConflictError:
        return _Said(errors={"step": "twice"}, status=409)
    except FactsError:
        return _Said(errors={"text": "not-yours"}, status=422)
    except WrongStateError:
        return _Said(errors={"step": "not-now"}, status=409)
    except TooManyRequestsError:
        return _Said(errors={"step": "busy"}, status=429)
    return _Said("answered")


def _given(report: Report, form: Form) -> dict[str, object]:
    """Return what was typed; what was left empty changes nothing."""
    addresses = form.lines("links")
    first = addresses[:1] if report.content.url is None else []
    statement: dict[str, object] = {
        "signature": form.text("signature"),
        "non_consent": True if form.ticked("non_consent") else None,
        "good_faith": True if form.ticked("good_faith") else None,
    }
    return {
        "text": form.text("text"),
        "statement": {name: value for name, value in statement.items() if value is not None},
        "reporter": _without_empty(contact=form.text("contact"), authority_evidence=form.text("authority")),
        "content": _without_empty(url=next(iter(first), None), other_urls=addresses[len(first) :] or None),
    }


def _in_language(request: Request, sentences: Sequence[Sentence]) -> list[str]:
    say = translations_of(language_of(request)).gettext
    return [say(one.text) % one.values for one in sentences]


def _reasons(request: Request, reasons: Sequence[str]) -> list[tuple[str, str]]:
    """
    Say reasons in the language of the page; what a reviewer wrote stays as it is.

    Returns:
        Each with the language it is in: that of the page, or the policy's where there is no translation.
    """
    language = language_of(request)
    said = [(one, translations_of(language).gettext(one)) for one in reasons]
    return [(text, language.code if text != reason else ENGLISH.code) for reason, text in said]


def _without_empty(**given: object) -> dict[str, object]:
    return {name: value for name, value in given.items() if value is not None}


def _answer(request: Request, service: Service, shown: Shown, said: _Said | None = None) -> Response:
    """Show how a report stands, or ask for the receipt again."""
    if shown.report is None or shown.form is None:
        wait_s = shown.retry_after_s
        response = show(
            request,
            "receipt_wanted.html",
            status=429 if wait_s else 404,
            wrong=True,
            retry_after_s=wait_s,
        )
        if wait_s:
            response.headers["Retry-After"] = f"{wait_s}"
        return response
    said = said or _Said()
    with service.reading() as uow:
        report = uow.reports.get(shown.report.id)
        view, case = receipt_view(report, uow), uow.cases.get(report.case_id)
        sentences = happened(case, uow.takedowns.of_case(case.id), _SHOWN_APART, ())
    settings = service.settings
    return show(
        request,
        "receipt.html",
        status=said.status,
        number=shown.number,
        secret=shown.secret,
        typed=shown.form.fields if said.errors else {},
        request_token=secrets.token_urlsafe(16),
        view=view,
        sentences_of_report=_in_language(request, sentences),
        reasons=_reasons(request, view.reasons),
        form_had_files=bool(shown.form.files),
        done=said.done,
        errors=said.errors,
        limits={
            "files": MOST_FILES,
            "image_bytes": settings.max_image_bytes,
            "image_pixels": settings.max_image_pixels,
            "video_bytes": settings.max_video_bytes,
            "preview_days": settings.preview_retention_days,
        },
    )
