"""The proxy's configuration that we hand out, run by a real nginx before a real service."""

import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from api.app import create_app
from tests.api.conftest import settings_in
from tests.crash.processes.servers import free_port
from tests.helpers.counterparts.certificates import authority_and_server
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.servers import served
from tests.helpers.running.waiting import eventually

CONFIGURATION = (Path(__file__).parents[2] / "ops" / "nginx" / "staydown.conf").read_text()
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")


@dataclass(frozen=True)
class Proxied:
    """
    A service behind a proxy.

    Args:
        plain: The proxy's address without TLS.

        address: With it.

        trust: Believes its certificate.

        folder: Whatever the proxy writes, it writes below it.
    """

    plain: str
    address: str
    trust: ssl.SSLContext
    folder: Path

    def asked_from(self, ours: str) -> httpx2.Client:
        """Return a client that comes from an address of this machine."""
        transport = httpx2.HTTPTransport(verify=self.trust, local_address=ours)
        return httpx2.Client(base_url=self.address, transport=transport, timeout=60)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """Run both."""
    folder = tmp_path_factory.mktemp("nginx")
    certificate, _ = authority_and_server(folder, "staydown.example.org", "127.0.0.1")
    settings = settings_in(folder, trusted_proxies="127.0.0.1", wrong_tries=2)
    prepare_empty(settings)
    http, https = free_port(), free_port()
    with served(create_app(settings)) as service:
        (folder / "staydown.conf").write_text(placed(folder, service.port, http, https))
        (folder / "nginx.conf").write_text(
            f"pid {folder}/pid; error_log {folder}/errors.log; events {{}} http {{ "
            f"client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers; "
            f"include {folder}/staydown.conf; }}"
        )
        assert NGINX is not None
        proxy = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-g", "daemon off;"])
        try:
            found = Proxied(
                f"http://127.0.0.1:{http}",
                f"https://127.0.0.1:{https}",
                ssl.create_default_context(cafile=certificate),
                folder,
            )
            with found.asked_from("127.0.0.1") as client:
                eventually(lambda: _answers(client), bool)
            yield found
        finally:
            proxy.terminate()
            proxy.wait(30)


def placed(folder: Path, service: int, http: int, https: int) -> str:
    """Return the configuration, with the ports and the certificate of a test; nothing else is changed."""
    changes = {
        r"listen \[::\]:\d+.*": "",
        r"listen 80;": f"listen 127.0.0.1:{http};",
        r"listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        r"server 127\.0\.0\.1:8080;": f"server 127.0.0.1:{service};",
        r"/etc/ssl/staydown/fullchain\.pem": str(folder / "certificate.pem"),
        r"/etc/ssl/staydown/privkey\.pem": str(folder / "key.pem"),
        r"/var/log/nginx/staydown\.log": str(folder / "asked.log"),
    }
    text = CONFIGURATION
    for before, after in changes.items():
        text, count = re.subn(before, after, text)
        assert count, before
    return text


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False


def test_everything_is_led_to_tls(proxied: Proxied) -> None:
    """Who types the name without https sends nothing in the clear but that."""
    moved = httpx2.get(f"{proxied.plain}/console?queue=reports", headers={"Host": "staydown.example.org"})
    assert (moved.status_code, moved.headers["location"]) == (301, "https://staydown.example.org/console?queue=reports")
    with proxied.asked_from("127.0.0.1") as client:
        page = client.get("/console/login")
    assert (page.status_code, "max-age" in page.headers["strict-transport-security"]) == (200, True)


def test_an_address_is_the_one_the_proxy_sees(proxied: Proxied) -> None:
    """Who guesses keys has to pause, whatever address they claim; who comes from elsewhere does not."""
    with proxied.asked_from("127.0.0.7") as guessing, proxied.asked_from("127.0.0.8") as other:
        told = [
            guessing.get(
                "/v1/stats", headers={"Authorization": f"Bearer sdk_{n}", "X-Forwarded-For": f"192.0.2.{n}"}
            ).status_code
            for n in range(4)
        ]
        assert (told[0], told[-1]) == (401, 429)
        assert other.get("/v1/stats", headers={"Authorization": "Bearer sdk_x"}).status_code == 401


def test_figures_are_for_machines_of_our_own(proxied: Proxied) -> None:
    """Counts are nobody else's business."""
    with proxied.asked_from("127.0.0.1") as ours, proxied.asked_from("127.0.0.9") as stranger:
        for address in ("/metrics", "/readyz"):
            assert ours.get(address).status_code == 200
            assert stranger.get(address).status_code == 403
        assert stranger.get("/healthz").status_code == 200


def test_no_copy_of_media_and_no_id_is_left_at_the_proxy(proxied: Proxied) -> None:
    """A large file goes through as it comes, and the log says nothing of cases."""
    large = photo_bytes(1) + b"\0" * 20_000_000
    with proxied.asked_from("127.0.0.10") as client:
        answer = client.post("/v1/match", headers={"Authorization": "Bearer sdk_nobody"}, files={"media": ("a", large)})
        assert answer.headers["content-type"] == "application/problem+json"
        client.get("/v1/cases/case_1", headers={"Authorization": "Bearer sdk_nobody"})
    left = [path for name in ("bodies", "answers") for path in (proxied.folder / name).rglob("*") if path.is_file()]
    assert left == []
    assert "case_1" not in (proxied.folder / "asked.log").read_text()
