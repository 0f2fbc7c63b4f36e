"""A server with moderators, a takedown and copies of it: pictures of shapes, drawn here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from api.app import create_app
from api.security.people.accounts import add_person
from casework.domain.actor import Role
from tests.api.conftest import TESTER, Staydown, settings_in
from tests.api.console.browsers import PASSWORD
from tests.api.console.pictures import edited, scene
from tests.helpers.media.pictures import jpeg
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.servers import served


@dataclass
class Desk:
    """
    A console that is served.

    Args:
        url: Where.

        staydown: The service, for everything beside the pages.
    """

    url: str
    staydown: Staydown

    def person(self, name: str, role: Role = Role.MODERATOR) -> str:
        """Let somebody sign in; return their name."""
        with self.staydown.service.writing() as uow:
            if uow.people.named(name) is None:
                add_person(uow, name, role=role, password=PASSWORD, actor=TESTER)
        return name

    def copies(self, seed: int, count: int = 1, *, nudity: bool = False) -> list[str]:
        """Take a scene down whose copies a person decides on, and register copies of it; return their cases."""
        picture = scene(seed)
        self.staydown.take_down(jpeg(picture), nudity=nudity)
        cases = []
        for number in range(count):
            copy = edited(picture, caption=f"{seed**3} seen, {number + 1}")
            text = "Call me on +44 20 7946 0958 for more" if number == 0 else None
            upload = self.staydown.upload(
                f"post-{seed}-{number}", jpeg(copy), uploader_id=f"user-{seed}-{number}", post_text=text
            )
            assert upload["verdict"] == "hold", upload
            cases.append(upload["case_id"])
        return cases


@contextmanager
def open_desk(folder: Path, **chosen: object) -> Iterator[Desk]:
    """Serve a console over an empty record, with other settings than those of tests where some are chosen."""
    settings = settings_in(folder, **chosen, second_look_percent=100)
    prepare_empty(settings)
    app = create_app(settings)
    with served(app) as server, httpx2.Client(base_url=server.url, timeout=60) as http:
        http.get("/healthz")
        yield Desk(server.url, Staydown(http, app.state.service))
