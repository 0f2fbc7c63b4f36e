"""
Styles, scripts and pictures of pages, under addresses that change with their content.

    /assets/<digest>/console/case.js        <- api/console/static/case.js

All files are read once, when first asked for, and answered from memory: no path from outside ever reaches the disk. The
digest covers every file, so an ES module may import its neighbours by relative paths, and a browser keeps what it has
for as long as nothing changes. Under an earlier digest the present file is answered, but not kept.

Invariant: a script that runs as a worker has no way out. Its own headers say what it may load, and that is scripts.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import Depends, Response

from api.http.auth import Open
from api.http.routers import Router
from casework.domain.errors import NotFoundError

API: Final = Path(__file__).parents[1]
PACKAGES: Final = ("pages", "console", "public")
"""The packages with pages; each has `templates/` and may have `static/`."""

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
}

_OF_WORKERS: Final = "default-src 'none'; script-src 'self'"
"""What a worker may do: a browser goes by the headers of its script, not of the page that started it."""

router = Router(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Assets:
    """
    Every static file there is.

    Args:
        digest: Over all of them, 16 hex digits.

        files: Their bytes, by package and path: ``"console/case.js"``.
    """

    digest: str
    files: dict[str, bytes]

    def address(self, name: str) -> str:
        """
        Return the address of a file.

        Raises:
            KeyError: If there is no such file; a template names it wrong.
        """
        self.files[name]
        return f"/assets/{self.digest}/{name}"


@cache
def assets() -> Assets:
    """Read every static file, once a process."""
    found: dict[str, bytes] = {}
    whole = hashlib.sha256()
    for package in PACKAGES:
        folder = API / package / "static"
        for path in sorted(folder.rglob("*")):
            if path.suffix in _TYPES:
                name = f"{package}/{path.relative_to(folder).as_posix()}"
                found[name] = path.read_bytes()
                whole.update(name.encode() + b"\0" + found[name])
    return Assets(digest=whole.hexdigest()[:16], files=found)


@router.get("/assets/{digest}/{name:path}", dependencies=[Depends(Open("the same files for everybody, in the source"))])
def read_asset(digest: str, name: str) -> Response:
    """Answer a style, a script or a picture."""
    known = assets()
    content = known.files.get(name)
    if content is None:
        message = f"there is no file {name!r}; reload the page"
        raise NotFoundError(message)
    kept = "public, max-age=31536000, immutable" if digest == known.digest else "no-cache"
    headers = {
        "Cache-Control": kept,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    suffix = Path(name).suffix
    if suffix == ".js":
        headers["Content-Security-Policy"] = _OF_WORKERS
    return Response(content, media_type=_TYPES[suffix], headers=headers)
