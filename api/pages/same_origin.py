"""
A form counts only if one of our own pages sent it.

The browser says where a form was sent from, in `Sec-Fetch-Site` and `Origin`, and no page of another site can change
what it says. A form of a signed-in person carries a token besides.
"""

from urllib.parse import urlsplit

from fastapi import Request

from api.errors import ForeignFormError

_OURS = ("same-origin", "none")
"""`none`: the person typed the address, or opened a bookmark."""


async def require_same_origin(request: Request) -> None:
    """
    Refuse what a page of another site sends; a dependency of every page that changes something.

    Raises:
        ForeignFormError: Naming the site.
    """
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site is not None and site not in _OURS
    if not foreign and origin is not None:
        foreign = urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()
    if foreign:
        message = f"this form was sent from {origin or 'another site'}; open the page here and send it again"
        raise ForeignFormError(message)
