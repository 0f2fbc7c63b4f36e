"""An application with pages that answer, refuse and fail, on the skeleton that every page stands on."""

from collections.abc import Iterator

import pytest
from fastapi import Depends, FastAPI, Request, Response
from fastapi.testclient import TestClient

from api.http.auth import Open
from api.http.problems import install_error_handlers
from api.pages import assets
from api.pages.errors import install_page_errors
from api.pages.headers import PageHeaders
from api.pages.same_origin import require_same_origin
from api.pages.templates import page
from casework.domain.errors import WrongStateError


@pytest.fixture(scope="module")
def pages() -> Iterator[TestClient]:
    """Serve one page that shows what it is asked to, one that refuses, one that fails, and one that is none."""
    app = FastAPI()
    app.add_middleware(PageHeaders)
    install_error_handlers(app)
    install_page_errors(app)
    app.include_router(assets.router)

    @app.get("/console/shows", dependencies=[Depends(Open("a test"))])
    def shows(request: Request, text: str = "") -> Response:
        problem = {"title": text, "detail": text, "status": 200}
        return page(request, "pages/error.html", problem=problem)

    @app.get("/console/refuses")
    @app.get("/v1/refuses")
    def refuses() -> None:
        message = "case <b>1</b> is decided; only an open case can be worked on"
        raise WrongStateError(message)

    @app.get("/console/fails")
    def fails() -> None:
        message = "a secret detail"
        raise RuntimeError(message)

    @app.post("/console/takes", dependencies=[Depends(require_same_origin)])
    def takes() -> str:
        return "taken"

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
