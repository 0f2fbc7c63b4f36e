"""Signing in with an identity provider: who is let in, as whom, and what is believed of what the provider says."""

import hmac
import json
import re
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.errors import SettingsError
from api.security.people.accounts import add_person, disable, person_called
from api.settings import Settings, read_settings
from casework.domain.actor import Role
from casework.domain.people import Person
from tests.api.conftest import TESTER, Staydown, running, settings_in
from tests.api.console.browsers import PASSWORD, Console
from tests.helpers.counterparts.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key, provider

ROLES = "trust-leads=senior,trust=moderator"


@pytest.fixture(scope="module")
def known() -> Iterator[Provider]:
    """Run the provider of the module."""
    with provider() as held:
        yield held


@pytest.fixture
def told(known: Provider) -> Provider:
    """Return it as it is when it tells the truth, of somebody nobody has met."""
    known.who = {"sub": f"sub-{time.monotonic_ns()}", "name": f"Alex {time.monotonic_ns()}", "groups": ["all", "trust"]}
    known.told_besides, known.lies, known.signs_with, known.forge = {}, {}, None, None
    return known


@pytest.fixture(scope="module")
def staydown(known: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that asks it."""
    with running(oidc(tmp_path_factory.mktemp("sso"), known.issuer)) as service:
        yield service


def oidc(folder: Path, issuer: str, **others: object) -> Settings:
    """Return settings that name the provider."""
    chosen = {"oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET, "oidc_roles": ROLES}
    return settings_in(folder, **{**chosen, "oidc_issuer": issuer, "wrong_tries": 1_000, **others})


def arrive(http: TestClient, after: str = "") -> Response:
    """Sign in: to the provider, and back with what it gave."""
    begun = http.get(f"/console/sso{after}", follow_redirects=False)
    assert begun.status_code == 303, begun.text
    return http.get(sent_back(begun))


def sent_back(begun: Response) -> str:
    """Go to the provider and return where it leads, without following."""
    led = httpx2.get(begun.headers["location"])
    assert led.status_code == 302, led.text
    return str(led.headers["location"])


def people(staydown: Staydown, told: Provider) -> list[Person]:
    """List who is called as the provider says."""
    with staydown.service.reading() as uow:
        return [one for one in uow.people.listed() if one.name == told.who["name"]]


def refused(answered: Response, why: str) -> None:
    """Make sure that nobody is signed in, and that the page says why."""
    assert (answered.status_code, why.lower() in answered.text.lower()) == (401, True), answered.text
    assert "__Host-staydown=" not in answered.headers.get("set-cookie", "")


def test_whom_the_provider_vouches_for_is_added_once(staydown: Staydown, console: Console, told: Provider) -> None:
    """The second time they are the same person, in another browser."""
    for _ in range(2):
        http = console.stranger()
        arrived = arrive(http)
        assert (arrived.status_code, 'content="0; url=/console"' in arrived.text) == (200, True)
        assert told.who["name"] in http.get("/console").text
    assert [(one.role, one.subject) for one in people(staydown, told)] == [
        (Role.MODERATOR, f"{told.issuer} {told.who['sub']}")
    ]


def test_session_is_kept_as_one_by_password_is(console: Console, told: Provider) -> None:
    """What the try needed is gone; what proves the session goes to nobody else."""
    cookies = arrive(console.stranger()).headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("__Host-staydown="))
    assert {"HttpOnly", "Path=/", "SameSite=strict", "Secure"} <= {part.strip() for part in session.split(";")}
    gone = next(one for one in cookies if one.startswith("__Host-staydown-sso="))
    assert "Max-Age=0" in gone


def test_role_follows_the_groups(staydown: Staydown, console: Console, told: Provider) -> None:
    """Anew each time; the first of the setting that applies counts; whoever is in none is let in no more."""
    for groups, role in ((["trust", "trust-leads"], Role.SENIOR), (["trust"], Role.MODERATOR)):
        told.who["groups"] = groups
        arrive(console.stranger())
        assert [one.role for one in people(staydown, told)] == [role]
    told.who["groups"] = ["all"]
    refused(arrive(console.stranger()), "none of your groups has a role here")


def test_whoever_was_disabled_is_refused(staydown: Staydown, console: Console, told: Provider) -> None:
    """What an administrator decided here counts, whatever is said there; who is signed in is signed out."""
    http = console.stranger()
    arrive(http)
    with staydown.service.writing() as uow:
        disable(uow, person_called(uow, told.who["name"]), actor=TESTER)
    refused(arrive(console.stranger()), "the account is disabled")
    assert http.get("/console", follow_redirects=False).headers["location"] == "/console/login"


def test_nobody_comes_to_the_account_of_somebody_by_being_called_the_same(
    staydown: Staydown, console: Console, told: Provider
) -> None:
    """They get another of their names, or none."""
    with staydown.service.writing() as uow:
        taken = add_person(uow, told.who["name"], role=Role.ADMIN, password=PASSWORD, actor=TESTER)
    told.who["preferred_username"] = f"{taken.name} 2"
    http = console.stranger()
    arrive(http)
    assert f"{taken.name} 2" in http.get("/console").text
    told.who |= {"sub": "another", "preferred_username": taken.name.upper()}
    refused(arrive(console.stranger()), "somebody else&#39;s name here")
    assert [one.role for one in people(staydown, told)] == [Role.ADMIN]


def test_no_password_is_theirs(console: Console, told: Provider) -> None:
    """An account of a provider has none that could be guessed."""
    arrive(console.stranger())
    for password in ("", PASSWORD):
        answered = console.stranger().post("/console/login", data={"name": told.who["name"], "password": password})
        refused(answered, "name or password is wrong")


def test_groups_are_asked_for_where_the_signed_answer_has_none(
    staydown: Staydown, console: Console, told: Provider
) -> None:
    """Some providers tell them at `userinfo` alone; what is told there of somebody else counts for nothing."""
    told.who.pop("groups")
    told.told_besides = {"groups": ["trust-leads"]}
    arrive(console.stranger())
    assert [one.role for one in people(staydown, told)] == [Role.SENIOR]
    told.told_besides["sub"] = "somebody else"
    refused(arrive(console.stranger()), "none of your groups")


LIES = {
    "said by another provider": {"iss": "https://elsewhere.example"},
    "said to another service": {"aud": "another-service"},
    "said to another service, though we are the authorized party": {"aud": "another-service", "azp": CLIENT_ID},
    "said to a service beside us": {"aud": [CLIENT_ID, "another-service"], "azp": "another-service"},
    "said in another try": {"nonce": "of another try"},
    "said in no try": {"nonce": None},
    "said long ago": {"exp": 1_700_000_000},
    "said for ever": {"exp": None},
    "said of nobody": {"sub": None},
    "said of a list": {"sub": ["a"]},
}


@pytest.mark.parametrize("lie", LIES)
def test_what_the_provider_says_is_checked(console: Console, told: Provider, lie: str) -> None:
    """OpenID Connect Core 1.0, 3.1.3.7."""
    told.lies = LIES[lie]
    refused(arrive(console.stranger()), "does not vouch for you")


def forged(algorithm: str, claims: dict[str, object], secret: bytes | None) -> str:
    """Write a token by hand, for libraries refuse to write such ones."""
    parts = (json.dumps(part).encode() for part in ({"alg": algorithm, "kid": "first"}, claims))
    text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.digest(secret, text, "sha256") if secret else b""
    return (text + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_what_another_signed_counts_for_nothing(console: Console, told: Provider) -> None:
    """By a key of its own, by what all know of the provider's key taken for a shared secret, or by nothing."""
    told.signs_with = new_key("first")
    refused(arrive(console.stranger()), "does not vouch for you")
    for algorithm, secret in (("HS256", told.key.as_pem(private=False)), ("none", None)):
        told.forge = lambda claims, algorithm=algorithm, secret=secret: forged(algorithm, claims, secret)
        refused(arrive(console.stranger()), "does not vouch for you")


def test_provider_may_change_its_key(console: Console, told: Provider) -> None:
    """The new one is read when the first answer comes that it signed."""
    told.key = new_key("second")
    assert arrive(console.stranger()).status_code == 200


def test_code_counts_once_and_only_where_the_try_began(console: Console, told: Provider) -> None:
    """Whoever is led here by somebody else's address is not signed in as them."""
    victim, attacker = console.stranger(), console.stranger()
    stolen = sent_back(attacker.get("/console/sso", follow_redirects=False))
    refused(victim.get(stolen), "this browser did not begin to sign in")
    victim.get("/console/sso", follow_redirects=False)
    refused(victim.get(stolen), "this browser did not begin to sign in")
    assert attacker.get(stolen).status_code == 200
    refused(attacker.get(stolen), "this browser did not begin to sign in")
    begun = attacker.get("/console/sso", follow_redirects=False)
    state = re.findall(r"state=(\w+)", begun.headers["location"])[0]
    code = re.findall(r"code=([\w-]+)", stolen)[0]
    refused(attacker.get(f"/console/sso/callback?state={state}&code={code}"), "does not vouch for you")


@pytest.mark.parametrize("garbled", ["", "x", "x.y", "x.é", "." * 50])
def test_garbled_cookie_is_no_try(console: Console, told: Provider, garbled: str) -> None:
    """It comes from outside, as everything does."""
    cookie = {"Cookie": f"__Host-staydown-sso={garbled}".encode()}
    refused(console.stranger().get("/console/sso/callback?state=a&code=b", headers=cookie), "did not begin")


def test_whoever_says_no_there_is_told_so(console: Console, told: Provider) -> None:
    """The provider leads back with what went wrong."""
    http = console.stranger()
    state = re.findall(r"state=(\w+)", http.get("/console/sso", follow_redirects=False).headers["location"])[0]
    answered = http.get(f"/console/sso/callback?state={state}&error=access_denied<script>")
    refused(answered, "access_denied&lt;script&gt;")


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("?next=/console/cases/x", "/console/cases/x"),
        ("?next=https://elsewhere.example/", "/console"),
        ("", "/console"),
    ],
)
def test_whoever_arrives_goes_on_to_a_page_of_ours(console: Console, told: Provider, wanted: str, led: str) -> None:
    """The one they wanted, but never to another site."""
    assert f'content="0; url={led}"' in arrive(console.stranger(), wanted).text


def test_login_offers_the_provider(console: Console, told: Provider) -> None:
    """Beside the password."""
    shown = console.stranger().get("/console/login?next=/console/cases/x").text
    assert 'href="/console/sso?next=%2Fconsole%2Fcases%2Fx"' in shown
    assert 'type="password"' in shown


def test_wrong_codes_make_their_address_wait(known: Provider, tmp_path: Path) -> None:
    """Each would be a request to the provider, by whoever comes along."""
    known.who = {"sub": "waits", "name": "Waits", "groups": ["trust"]}
    with running(oidc(tmp_path, known.issuer, wrong_tries=2)) as staydown:
        http = Console(staydown).stranger()
        statuses = []
        for n in range(4):
            begun = http.get("/console/sso", follow_redirects=False)
            state = re.findall(r"state=(\w+)", begun.headers["location"])[0]
            statuses.append(http.get(f"/console/sso/callback?state={state}&code=wrong{n}").status_code)
        assert statuses == [401, 401, 429, 429]


def test_passwords_can_be_turned_off(known: Provider, tmp_path: Path) -> None:
    """Then the page does not ask for one, and a form sent by hand is refused."""
    with running(oidc(tmp_path, known.issuer, passwords=False, oidc_label="Example ID")) as staydown:
        console = Console(staydown)
        with staydown.service.writing() as uow:
            add_person(uow, "somebody", role=Role.ADMIN, password=PASSWORD, actor=TESTER)
        shown = console.stranger().get("/console/login").text
        assert ("Sign in with Example ID" in shown, 'type="password"' in shown) == (True, False)
        sent = console.stranger().post("/console/login", data={"name": "somebody", "password": PASSWORD})
        assert sent.status_code == 403


def test_provider_that_is_away_or_another_is_named_on_the_page(tmp_path: Path) -> None:
    """Nobody sees a failure without words, and nobody is sent to who calls themselves something else."""
    with provider() as held:
        with running(oidc(tmp_path / "another", held.issuer)) as staydown:
            held.calls_itself = "https://elsewhere.example"
            answered = Console(staydown).stranger().get("/console/sso")
            refused(answered, "does not vouch for you")
        gone = held.issuer
    with running(oidc(tmp_path / "away", gone)) as staydown:
        refused(Console(staydown).stranger().get("/console/sso"), "could not be asked")


def test_without_a_provider_there_is_nothing(tmp_path: Path) -> None:
    """Neither a page nor an offer."""
    with running(settings_in(tmp_path)) as staydown:
        http = Console(staydown).stranger()
        assert "/console/sso" not in http.get("/console/login").text
        assert [http.get(f"/console/sso{path}").status_code for path in ("", "/callback")] == [404, 404]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"oidc_issuer": "http://accounts.example.com"}, "beginning with https://"),
        ({"oidc_issuer": "https://a.example"}, "needs STAYDOWN_OIDC_CLIENT_ID and STAYDOWN_OIDC_ROLES"),
        ({"oidc_roles": "trust=pipeline"}, "not trust=pipeline"),
        ({"oidc_roles": "trust"}, "group=role"),
        ({"passwords": False}, "lets nobody sign in"),
    ],
)
def test_odd_settings_stop_the_start(given: dict[str, object], said: str) -> None:
    """With their names."""
    with pytest.raises(SettingsError, match=re.escape(said)):
        read_settings(_env_file=None, **given)
