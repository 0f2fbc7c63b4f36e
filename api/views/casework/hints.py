"""
What a report's words look like, for people: read from the words as they are decrypted, stored nowhere.

Who may call it: the views of cases and of new reports. A reporter is shown hints about their own words alone.
"""

from collections.abc import Sequence

from api.schemas.reports import HintOut
from casework.domain.cases.hint import Hint
from casework.domain.cases.message import Message, Sender
from casework.domain.cases.report import Report
from casework.domain.takedowns.upload import Upload
from casework.hints.reading import find_hints


def hints_of_report(report: Report, named: Upload | None = None, messages: Sequence[Message] = ()) -> tuple[Hint, ...]:
    """
    Find hints in a report.

    Args:
        report: As it is now.

        named: The registered upload it names; its own post text is searched, too.

        messages: What the reporter said since; a place in the n-th of all is in the field ``messages.<n>.text``.
    """
    post = {"content.post_text": report.content.post_text}
    if named is not None:
        post["upload.post_text"] = named.post_text
    said = {
        "reporter.authority_evidence": report.reporter.authority_evidence,
        "statement.explanation": report.statement.explanation,
    }
    for number, message in enumerate(messages):
        if message.sender is Sender.REPORTER:
            said[f"messages.{number}.text"] = message.text
    return find_hints(post, of_the_reporter=said)


def hints_out(hints: Sequence[Hint]) -> list[HintOut]:
    """Show hints."""
    return [HintOut(kind=one.kind, field=one.field, start=one.start, end=one.end) for one in hints]
