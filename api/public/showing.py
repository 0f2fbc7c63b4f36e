"""What every page for the people depicted shows beside its own: the language it was asked in, and where else to go."""

from urllib.parse import urlencode

from fastapi import Request, Response

from api.http.auth import service_of
from api.pages.templates import page


def show(request: Request, template: str, *, status: int = 200, **shown: object) -> Response:
    """
    Answer with a page of this package.

    Args:
        request: What is answered.

        template: Its file: ``"report.html"``.

        status: HTTP status.

        shown: What the template shows.
    """
    chosen = request.query_params.get("language")
    return page(
        request,
        f"public/{template}",
        status=status,
        # A language that was chosen goes on to the next page; no cookie remembers it.
        query=f"?{urlencode({'language': chosen})}" if chosen else "",
        reports_are_taken=service_of(request).settings.public_reports,
        languages_are_offered=request.method == "GET",
        **shown,
    )
