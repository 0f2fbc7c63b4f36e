"""
A report, or an answer to a question about one, is taken in: whoever hands it in, by the API or by a page.

Invariant: a repeat is answered as the first was, before anything is decoded; what a report, or an answer, restricts at
once is looked at before its transaction. Who may hand it in is known before this is called.
"""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool

from api.http.border.hanging_up import while_connected
from api.http.incoming.bodies import Body
from api.http.repeats.idempotent import Answered, IdempotentRequest
from api.media.deep import restricting, restricting_answer
from api.media.hashing import answer_about_file, hash_report, of_signals
from api.media.known import known_before
from api.schemas.casework.messages import AnswerIn
from api.schemas.media import SignalIn
from api.schemas.reports import ReceiptView, ReportAnswer, ReportIn
from api.service import Service
from api.views.receipts import receipt_view, report_answer
from casework.domain.actor import PUBLIC, Actor
from casework.domain.cases.report import Report
from casework.domain.media import SubmittedMedia
from casework.handlers.reports.converse import answer_as_reporter, require_answerable
from casework.handlers.reports.intake import SEARCHED_BY_REPORTS, file_report
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.steps.taking_back.reversal import holder_of


async def take_in_report(
    request: IdempotentRequest, actor: Actor, report: ReportIn, body: Body, *, signals: Sequence[SignalIn] = ()
) -> Answered:
    """
    File a report with the files of a body, or with signals that came instead.

    Args:
        request: What is answered once.

        actor: Who hands it in.

        report: What it says.

        body: What it came in: its fields and files are what makes two requests the same.

        signals: Taken elsewhere; only of a body without files.

    Returns:
        201 and a `ReportAnswer`.

    Raises:
        MatcherError: If a file or a signal cannot be used; a note says which file.
        CaseworkError: As `file_report` says.
    """
    service = request.service
    if not body.files:
        return await run_in_threadpool(_take_in_signals, request, actor, report, body, signals)
    if request.is_repeatable:
        earlier = await run_in_threadpool(request.earlier_answer, actor, body.fields, digests=body.digests)
        if earlier is not None:
            return earlier
    media = await while_connected(body.request, lambda gone: hash_report(service, actor, body.files, gone))
    return await answer_about_file(service, _file, request, actor, report, body, media)


def _take_in_signals(
    request: IdempotentRequest, actor: Actor, report: ReportIn, body: Body, signals: Sequence[SignalIn]
) -> Answered:
    """Do all of it in one thread: nothing is decoded, so nothing is waited for but the record."""
    earlier = request.earlier_answer(actor, body.fields)
    return earlier or _file(request, actor, report, body, _stated(request.service, signals))


def _file(
    request: IdempotentRequest, actor: Actor, report: ReportIn, body: Body, media: tuple[SubmittedMedia, ...]
) -> Answered:
    service = request.service
    command = report.to_command(actor=actor, media=media, linked=known_before(service, media))
    ahead = restricting(service, command)

    def work(uow: SqlUnitOfWork) -> ReportAnswer:
        return report_answer(file_report(command, uow, restricting=ahead))

    digests = body.digests
    return request.do_once(actor, body.fields, work, digests=digests, status=201, searches=SEARCHED_BY_REPORTS)


async def take_in_answer(request: IdempotentRequest, report: Report, given: AnswerIn, body: Body) -> Answered:
    """
    Take in what the holder of a receipt says and adds.

    Args:
        request: What is answered once.

        report: Its receipt was shown.

        given: What is said and added.

        body: What it came in, with the files that are added.

    Returns:
        201 and a `ReceiptView`.

    Raises:
        MatcherError: If a file cannot be used; a note says which.
        CaseworkError: As `answer_as_reporter` says.
    """
    service, holder = request.service, holder_of(report)
    earlier = await run_in_threadpool(request.earlier_answer, holder, body.fields, digests=body.digests)
    if earlier is not None:
        return earlier
    await run_in_threadpool(_refuse_in_vain, service, report, bool(body.files))
    # Whoever holds receipts shares one place in the queue for decoders, as the public form does.
    media = await while_connected(body.request, lambda gone: hash_report(service, PUBLIC, body.files, gone))
    linked = await run_in_threadpool(known_before, service, media)
    command = given.to_command(report, media, linked)

    def answer(digests: Sequence[bytes]) -> Answered:
        ahead = restricting_answer(service, command)

        def work(uow: SqlUnitOfWork) -> ReceiptView:
            answer_as_reporter(command, uow, restricting=ahead)
            return receipt_view(uow.reports.get(report.id), uow)

        return request.do_once(holder, body.fields, work, digests=digests, status=201, searches=SEARCHED_BY_REPORTS)

    return await answer_about_file(service, answer, body.digests)


def _refuse_in_vain(service: Service, report: Report, with_media: bool) -> None:
    """Refuse before anything is decoded what would be refused afterwards."""
    with service.reading() as uow:
        require_answerable(report, uow, with_media=with_media)


def _stated(service: Service, signals: Sequence[SignalIn]) -> tuple[SubmittedMedia, ...]:
    return of_signals(service, [signal.to_signal() for signal in signals])
