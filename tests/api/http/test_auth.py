"""Every route × every role: the table of permissions alone decides, and no route forgets to ask."""

import re
from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts
from httpx2 import Response

from api.http.auth import PAGES, Allowed, Guard, Open, ReceiptHolder, guarded_routes, require_guards
from api.http.border.key_first import PUBLIC_ADDRESSES
from api.pages.addresses import is_page
from api.security.keys import KeyTerms, create_key, revoke_key
from api.security.permissions import PERMISSIONS_OF
from casework.domain.actor import Role
from tests.api.conftest import TESTER, Staydown

ROLES = [Role.PIPELINE, Role.INTAKE, Role.MODERATOR, Role.SENIOR, Role.ADMIN, Role.AUDITOR]
OPEN = {"/healthz", "/readyz", "/metrics", "/assets/{digest}/{name:path}"}
FOR_PEOPLE_DEPICTED = {
    "/report",
    "/receipt",
    *(f"/receipt/{step}" for step in ("answer", "withdraw", "erase", "appeal")),
}
"""Pages without an account; what they take is asked for a receipt, or counted, as at the API's own addresses."""
WITH_A_RECEIPT = {
    "/v1/receipts/{number}",
    *(f"/v1/receipts/{{number}}/{step}" for step in ("withdraw", "erase", "appeal", "messages")),
}


def doors(staydown: Staydown) -> list[tuple[str, str, Guard]]:
    """List every method of every address of the API, with who gets in; pages have tests of their own."""
    found = guarded_routes(staydown.http.app.routes)
    assert len(found) > 40
    return [
        (method, route.path, guard)
        for route, guard in found
        if not is_page(route.path)
        for method in sorted(route.methods)
    ]


def asked(staydown: Staydown, method: str, path: str, headers: dict[str, str]) -> Response:
    """Ask for something that is not there, with a body that says nothing."""
    address = re.sub(r"\{[^}]+\}", "0", path)
    return staydown.http.request(
        method, address, headers=headers, json={} if method in ("POST", "PATCH", "PUT") else None
    )


def refused_for_the_role(answer: Response) -> bool:
    """Tell whether an answer says that the role may not."""
    return answer.status_code == 403 and answer.json()["type"] == "urn:staydown:problem:wrong-role"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(staydown: Staydown, role: Role) -> None:
    """One table says who may do what; a route that asked for something else would be a door beside it."""
    headers, wrong = staydown.headers(role, "walker"), []
    for method, path, guard in doors(staydown):
        answer = asked(staydown, method, path, headers)
        may = not isinstance(guard, Allowed) or guard.permission in PERMISSIONS_OF[role]
        if refused_for_the_role(answer) is may or answer.status_code == 401:
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.fixture(scope="module")
def strangers(staydown: Staydown) -> dict[str, dict[str, str]]:
    """Return headers that open nothing."""
    with staydown.service.writing() as uow:
        soon = uow.now + timedelta(microseconds=1)
        expired = create_key(uow, KeyTerms("expired", Role.ADMIN, expires_at=soon), actor=TESTER)
        revoked = create_key(uow, KeyTerms("revoked", Role.ADMIN), actor=TESTER)
        revoke_key(uow, revoked.id, actor=TESTER)
    keys = {"unknown": "sdk_unknown", "expired": expired.key, "revoked": revoked.key}
    return {"none": {}, **{name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()}}


@pytest.mark.parametrize("who", ["none", "unknown", "expired", "revoked"])
def test_who_has_no_key_in_use_is_let_in_nowhere(
    staydown: Staydown, strangers: dict[str, dict[str, str]], who: str
) -> None:
    """Before anything of what they sent is looked at."""
    let_in = [
        (method, path)
        for method, path, guard in doors(staydown)
        if isinstance(guard, Allowed) and asked(staydown, method, path, strangers[who]).status_code != 401
    ]
    assert let_in == []


def test_what_is_open_is_open_on_purpose(staydown: Staydown) -> None:
    """A new address that answers everybody is noticed here."""
    found: dict[str, set[str]] = {"open": set(), "receipt": set(), "public": set(), "key": set()}
    for _, path, guard in doors(staydown):
        match guard:
            case Open(why=why):
                assert why
                found["open"].add(path)
            case ReceiptHolder():
                found["receipt"].add(path)
            case Allowed(or_public=True):
                found["public"].add(path)
            case _:
                found["key"].add(path)
    assert found.pop("key")
    assert found == {"open": OPEN, "receipt": WITH_A_RECEIPT, "public": set(PUBLIC_ADDRESSES)}


def test_pages_without_an_account_are_those_of_people_depicted(staydown: Staydown) -> None:
    """All others are the console's, which has a test of who gets in."""
    found = [(route.path, guard) for route, guard in guarded_routes(staydown.http.app.routes) if is_page(route.path)]
    theirs = {path for path, guard in found if not path.startswith("/console")}
    assert theirs == FOR_PEOPLE_DEPICTED
    assert all(isinstance(guard, Open) and guard.why for path, guard in found if path in theirs)


def test_beside_the_interface_there_are_only_its_pages(staydown: Staydown) -> None:
    """A mounted application would have doors of its own."""
    routes = staydown.http.app.routes
    others = {one.path for one in iter_route_contexts(routes)} - {one.path for one, _ in guarded_routes(routes)}
    assert others == PAGES | {"/openapi.json", "/static-offline-docs"}


def test_route_that_forgets_to_say_who_may_ask_stops_the_start() -> None:
    """An address that answers everybody by oversight is found before anybody else finds it."""
    app = FastAPI()
    router = APIRouter()
    router.get("/open-by-oversight")(lambda: "everything")
    app.include_router(router)
    with pytest.raises(RuntimeError, match="/open-by-oversight"):
        require_guards(app.routes)
