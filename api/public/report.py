"""
`/report`: the public notice form, where the operator takes reports without a key, at the API's own limited rate.

It answers with the receipt itself, not with an address of it: number and secret are shown once and stand in no address.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from api.errors import IdempotencyConflictError, TooManyRequestsError
from api.http.auth import Open, ServiceDep, host_of
from api.http.incoming.forms import MOST_FILES
from api.http.problems import problem_of
from api.http.repeats.idempotent import Answered, IdempotentRequest
from api.http.routers import Router
from api.pages.same_origin import require_same_origin
from api.public.form import Form, read_form
from api.public.notice import read_notice
from api.public.showing import show
from api.schemas.reports import ReportAnswer, ReportIn
from api.service import Service
from api.steps.notices import take_in_report
from casework.domain.actor import PUBLIC
from casework.domain.errors import MediaMissingError
from matcher.errors import MediaError, SignalError

router = Router(include_in_schema=False)

_OPEN: Final = Depends(
    Open("the public notice form; where the operator takes reports without a key, at a limited rate")
)


async def form_of_the_public(request: Request, service: ServiceDep) -> AsyncIterator[Form | None]:
    """
    Read a form, once it is known that the public may send one; None where the operator takes no such reports.

    Raises:
        TooManyRequestsError: If the address had its share.
    """
    if not service.settings.public_reports:
        yield None
        return
    await run_in_threadpool(service.rate_limits.require_public, host_of(request))
    async for form in read_form(request, service):
        yield form


@router.get("/report", dependencies=[_OPEN])
def write(request: Request, service: ServiceDep) -> Response:
    """Show the form."""
    if not service.settings.public_reports:
        return show(request, "not_here.html", status=404)
    return _form(request, service, typed={"conduct": "shared_media", "way": "files"})


@router.post("/report", dependencies=[_OPEN, Depends(require_same_origin)])
async def file(
    request: Request, service: ServiceDep, form: Annotated[Form | None, Depends(form_of_the_public)]
) -> Response:
    """Take a report in and show its receipt, or the form again with what was typed and what is wrong with it."""
    if form is None:
        return show(request, "not_here.html", status=404)
    notice = read_notice(form)
    if notice.report is None:
        return _form(request, service, typed=form.fields, errors=notice.errors, status=422)
    try:
        answered = await _take_in(service, notice.report, form)
    except (MediaError, SignalError) as error:
        return _form(request, service, typed=form.fields, errors=problem_with_file(error, form), status=_status(error))
    except MediaMissingError:
        return _form(request, service, typed=form.fields, errors={"media": "no-file"}, status=422)
    except TooManyRequestsError:
        return _form(request, service, typed=form.fields, errors={"send": "busy"}, status=429)
    filed = ReportAnswer.model_validate_json(answered.body)
    return show(request, "filed.html", status=201, filed=filed)


def problem_with_file(error: Exception, form: Form) -> dict[str, str]:
    """Name what is wrong with a file, by the same names as the API, and which of several it is."""
    problem = problem_of(error)
    named = {"media": "media-error" if problem is None else problem.slug}
    number = next(iter(getattr(error, "__notes__", ())), None)
    return named if number is None or len(form.files) == 1 else {**named, "media_number": number}


async def _take_in(service: Service, report: ReportIn, form: Form) -> Answered:
    """File it once, however often the button is pressed; changed and sent again it is another report."""
    key = form.text("request")
    try:
        return await take_in_report(_once(service, key), PUBLIC, report, form.body, signals=form.signals)
    except IdempotencyConflictError:
        return await take_in_report(_once(service, None), PUBLIC, report, form.body, signals=form.signals)


def _once(service: Service, key: str | None) -> IdempotentRequest:
    return IdempotentRequest(service, method="POST", path="/report", key=key and key[:64])


def _form(
    request: Request,
    service: Service,
    *,
    typed: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    settings = service.settings
    return show(
        request,
        "report.html",
        status=status,
        typed={**typed, "request": typed.get("request") or secrets.token_urlsafe(16)},
        errors=errors or {},
        limits={
            "files": MOST_FILES,
            "image_bytes": settings.max_image_bytes,
            "image_pixels": settings.max_image_pixels,
            "video_bytes": settings.max_video_bytes,
            "preview_days": settings.preview_retention_days,
        },
    )


def _status(error: Exception) -> int:
    problem = problem_of(error)
    return 422 if problem is None else problem.status
