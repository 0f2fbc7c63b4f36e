"""
The media of a report: what was sent, or what the registered upload shows that it names; none where words are the wrong.

Invariant: shared media is reported without any only where the reporter says that they have no copy, and where it is
seen. There is something to look at then; copies cannot be looked for until somebody adds the media.
"""

from casework.domain.cases.report import ReportedContent
from casework.domain.errors import MediaMissingError
from casework.domain.facts import Conduct
from casework.domain.keeping.erasure import is_erased
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.upload import Upload
from casework.ports.unit_of_work import UnitOfWork

LOW_QUALITY_NOTE = "low quality (below 50): banked as exact copy and review only"
NO_COPY_NOTE = "No media was sent, only where it is seen: copies of it cannot be looked for."


def upload_named_by(content: ReportedContent, uow: UnitOfWork) -> Upload | None:
    """Return the registered upload that a report names by the platform's id; None if it names none."""
    if content.upload_id is None:
        return None
    return uow.uploads.by_platform_ids([content.upload_id]).get(content.upload_id)


def reported_media(
    sent: tuple[SubmittedMedia, ...], content: ReportedContent, conduct: Conduct, uow: UnitOfWork
) -> tuple[SubmittedMedia, ...]:
    """
    Return the media a report is about.

    Args:
        sent: What came with it.

        content: Names the post.

        conduct: What was done, by the facts.

        uow: The transaction.

    Raises:
        MediaMissingError: If media was shared, none was sent, no registered upload is named, and it is not said that
            there is no copy of what is at an address.
    """
    if sent or conduct is not Conduct.SHARED_MEDIA:
        return sent
    upload = upload_named_by(content, uow)
    if upload is None or is_erased(upload):
        if content.no_copy and content.url is not None:
            return ()
        raise MediaMissingError(_missing(content))
    return (as_submitted(uow.media.get(upload.media_id), uow),)


def as_submitted(media: Media, uow: UnitOfWork) -> SubmittedMedia:
    """Return stored media as if it were sent in, with the preview and the variants that are kept of it."""
    return SubmittedMedia(
        kind=media.kind,
        width=media.width,
        height=media.height,
        duration_s=media.duration_s,
        seen_s=media.seen_s,
        signals=media.signals,
        preview=uow.media.preview(media.id),
        query=uow.media.query_of(media),
    )


def _missing(content: ReportedContent) -> str:
    named = "" if content.upload_id is None else f"; {content.upload_id!r} is no upload that is registered"
    return (
        f"the report says that media was shared, and has none{named}: send files in `media`, or `signals`, or name a "
        "registered upload in `content.upload_id`; where the wrong is in the words, say so in `conduct`"
    )
