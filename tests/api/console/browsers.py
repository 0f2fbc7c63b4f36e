"""People who sign in to the console, and browsers of theirs without JavaScript."""

import re
from dataclasses import dataclass, field

from fastapi.testclient import TestClient
from httpx2 import Response

from api.security.people.accounts import add_person
from casework.domain.actor import Role
from tests.api.conftest import TESTER, Staydown

PASSWORD = "four quiet words here"


@dataclass
class Browser:
    """
    A person's browser: it keeps cookies, follows redirects, and sends the forms that pages show.

    Args:
        http: Over TLS, as browsers are.

        name: Whose it is.
    """

    http: TestClient
    name: str

    def get(self, address: str, status: int = 200) -> str:
        """Open a page and return its text."""
        answered = self.http.get(address)
        assert answered.status_code == status, answered.text
        return answered.text

    def send(self, address: str, **fields: str) -> Response:
        """Send a form with the token that the last page would have shown."""
        return self.http.post(address, data={"form_token": self.form_token, **fields})

    @property
    def form_token(self) -> str:
        """What forms of this session carry."""
        return re.findall(r'name="form_token" value="(\w+)"', self.http.get("/console").text)[0]


@dataclass
class Console:
    """
    The console of a service.

    Args:
        staydown: The service.
    """

    staydown: Staydown
    _browsers: dict[str, Browser] = field(default_factory=dict)

    def stranger(self) -> TestClient:
        """Return a browser of nobody."""
        return TestClient(self.staydown.http.app, base_url="https://testserver", raise_server_exceptions=False)

    def browser(self, role: Role = Role.MODERATOR, name: str | None = None) -> Browser:
        """Return a browser in which somebody is signed in; another name is another person."""
        called = name or f"{role.value} one"
        if called not in self._browsers:
            with self.staydown.service.writing() as uow:
                add_person(uow, called, role=role, password=PASSWORD, actor=TESTER)
            self._browsers[called] = Browser(self.signed_in(called), called)
        return self._browsers[called]

    def signed_in(self, name: str) -> TestClient:
        """Sign somebody in once more."""
        http = self.stranger()
        answered = http.post("/console/login", data={"name": name, "password": PASSWORD}, follow_redirects=False)
        assert answered.status_code == 303, answered.text
        return http
