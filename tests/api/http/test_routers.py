"""What holds for every address holds for each: there is no route that was declared some other way."""

from api.app import ROUTES
from api.http.auth import guarded_routes
from api.http.incoming.bodies import refuse_nul
from api.http.routers import Router
from tests.api.conftest import Staydown


def test_every_address_refuses_nul(staydown: Staydown) -> None:
    """PostgreSQL stores no such character: an address that let it in would answer 500."""
    routes = [route for route, _ in guarded_routes(staydown.http.app.routes)]
    assert len(routes) > 100
    assert [one.path for one in routes if refuse_nul not in {asked.call for asked in one.dependant.dependencies}] == []


def test_every_route_stands_in_the_application_as_it_was_declared(staydown: Staydown) -> None:
    """One that is included is analysed again for every application."""
    declared = [route for module in ROUTES for route in module.router.routes]
    assert all(isinstance(module.router, Router) for module in ROUTES)
    assert staydown.http.app.routes[: len(declared)] == declared
