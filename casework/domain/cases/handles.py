"""
What a case can be found by, beside the ids in its own row: address of the post, its upload id, who posted it.

They are stored as digests that only the keyring can make, so a list finds them whole and nobody reads them. Words of a
post, names and contacts are encrypted and not among them: no list searches these.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlsplit, urlunsplit

from casework.domain.cases.report import ReportedContent
from casework.domain.takedowns.upload import Upload


class Handle(StrEnum):
    """Kinds of what a case can be found by."""

    URL = "url"
    UPLOAD = "upload"
    UPLOADER = "uploader"


Handles: TypeAlias = frozenset[tuple[Handle, str]]
"""What one case can be found by; kinds nothing is known of are left out."""


def handles_of(*, urls: Iterable[str | None], upload_id: str | None, uploader_id: str | None) -> Handles:
    """
    Collect what a case about a post can be found by.

    Args:
        urls: Where the post is.

        upload_id: The platform's own id of it.

        uploader_id: Who posted it.
    """
    known = [*((Handle.URL, url) for url in urls), (Handle.UPLOAD, upload_id), (Handle.UPLOADER, uploader_id)]
    return frozenset((kind, as_searched(kind, value)) for kind, value in known if value)


def handles_of_report(content: ReportedContent) -> Handles:
    """Return what the case of a report can be found by."""
    urls = (content.url, *content.other_urls)
    return handles_of(urls=urls, upload_id=content.upload_id, uploader_id=content.uploader_id)


def handles_of_upload(upload: Upload) -> Handles:
    """Return what the case of a match can be found by."""
    return handles_of(urls=[upload.url], upload_id=upload.platform_id, uploader_id=upload.uploader_id)


def as_searched(kind: Handle, value: str) -> str:
    """Write a value as it is compared: capitals of an address's host, a slash at its end, a fragment do not count."""
    value = value.strip()
    if kind is not Handle.URL:
        return value
    try:
        parts = urlsplit(value)
    except ValueError:  # whatever was sent as an address is found by the same words again
        return value
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), fragment="")).rstrip("/")
