"""`staydown report`: file a report for somebody, from a shell."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from api.cli.desk import Desk, Key, Server, open_desk
from api.cli.facts import read_facts
from api.cli.files import hash_files
from api.schemas.reports import ContentIn, ReportAnswer, ReporterIn, ReportIn, StatementIn
from api.settings import read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, counting_bar, write_fields, write_json, write_line
from casework.domain.cases.report import Relation
from casework.domain.facts import Conduct
from matcher.hashing.features import Features
from matcher.reading.keyframes import REFERENCE

OptionalFiles = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE…]", help="Pictures and videos; none where words are the wrong.")
]


def report(
    files: OptionalFiles = None,
    *,
    relation: Annotated[Relation, typer.Option(help="What the reporter is to the person depicted.")],
    name: Annotated[str | None, typer.Option(help="The reporter's.")] = None,
    contact: Annotated[str | None, typer.Option(help="Where the answer goes.")] = None,
    authority_evidence: Annotated[str | None, typer.Option(help="A representative's proof of mandate.")] = None,
    own_account: Annotated[str | None, typer.Option(help="The reporter's own account on the platform.")] = None,
    non_consent: Annotated[bool, typer.Option(help="They state that they did not consent.")] = False,
    good_faith: Annotated[bool, typer.Option(help="They state that the report is made in good faith.")] = False,
    signature: Annotated[str | None, typer.Option(help="Typed name or electronic signature.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of the post.")] = None,
    upload_id: Annotated[
        str | None,
        typer.Option(help="The platform's own id of the post; registered, its media is reported without a FILE."),
    ] = None,
    uploader_id: Annotated[str | None, typer.Option(help="Who posted it.")] = None,
    text: Annotated[
        str | None, typer.Option("--text", "--post-text", help="What the post says, where the words are the wrong.")
    ] = None,
    conduct: Annotated[
        Conduct, typer.Option(help="What was done; shared_media needs a file or --upload-id.")
    ] = Conduct.SHARED_MEDIA,
    nudity: Annotated[bool | None, typer.Option(help="The media is nude or intimate.")] = None,
    fact: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Any other fact of the policy; repeatable.")
    ] = None,
    signals_only: Annotated[
        bool, typer.Option("--signals-only", help="Hash here and hand in the signals; the media goes nowhere.")
    ] = False,
    server: Server = None,
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """
    Report private media, or words that are a wrong: a threat, a bounty, a demand for money, credentials, a number.

    It becomes a case; the command prints what a complete notice still needs, and what the words look like.

    For example:

        staydown report photo.jpg --relation subject --non-consent --good-faith --signature "A. Person" --nudity
        --url https://example.org/post/8731 --contact a.person@example.org

        staydown report photo.jpg --relation subject --signals-only --server https://staydown.example.org

        staydown report --relation subject --conduct threat_to_expose --url https://example.org/post/8732
        --text "Pay, or I post your pictures"

        staydown report --relation subject --upload-id post-8733 --nudity --non-consent
    """
    facts = read_facts(fact or [])
    if nudity is not None:
        facts["nudity"] = nudity
    try:
        given = ReportIn(
            reporter=ReporterIn(
                relation=relation,
                name=name,
                contact=contact,
                authority_evidence=authority_evidence,
                uploader_id=own_account,
            ),
            statement=StatementIn(non_consent=non_consent, good_faith=good_faith, signature=signature),
            content=ContentIn(url=url, upload_id=upload_id, uploader_id=uploader_id, post_text=text),
            facts=facts,
            conduct=conduct,
        )
    except ValidationError as error:
        raise typer.BadParameter("; ".join(problem["msg"] for problem in error.errors())) from error
    with open_desk(server, key) as desk:
        answer = _hand_in(desk, given, files or [], signals_only=signals_only)
    if as_json:
        write_json(answer)
    else:
        _print(answer, shows_media=bool(files) and not signals_only)


def _hand_in(desk: Desk, given: ReportIn, files: Sequence[Path], *, signals_only: bool) -> ReportAnswer:
    """Hand in everything or nothing: a report that lacks one of its pictures would be decided without it."""
    if not files:
        return desk.report_signals(given, [])
    if not signals_only:
        with counting_bar("Reporting", total=1) as report_of_files:
            return desk.report_files(given, files, report_of_files())
    results = hash_files(read_settings(), files, features=Features.STORED, pace=REFERENCE)
    hashed = [result.value for result in results if result.value is not None]
    if len(hashed) < len(results):
        reasons = "; ".join(f"{result.file}: {result.error}" for result in results if result.error is not None)
        message = f"{reasons}. Nothing was reported"
        raise CommandError(message)
    return desk.report_signals(given, [signal for one in hashed for signal in one.signals])


def _print(answer: ReportAnswer, *, shows_media: bool) -> None:
    write_fields(
        {
            "case": answer.case_id,
            "report": answer.report_id,
            "receipt": answer.receipt.number,
            "receipt secret": f"{answer.receipt.secret}  (shown this once)",
            "answer due by": f"{answer.deadline:%Y-%m-%d %H:%M} UTC",
            "still missing": ", ".join(answer.missing) or "nothing",
            "words look like": ", ".join(sorted({one.kind.value.replace("_", " ") for one in answer.hints})) or None,
        }
    )
    if shows_media:  # upheld unseen, its copies would be held and not blocked
        write_line(f"Next: staydown look {answer.case_id} --out previews")
    begins = "Then" if shows_media else "Next"
    write_line(f"{begins}: staydown decide {answer.case_id} --uphold | --reject | --ask QUESTION")
