"""Exchanges of the drop-in: made as HMA's clients make them, pulled by Staydown, in the bank of their name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from api.background.exchanging.pulling import asker_of, pull_all
from casework.domain.actor import Role
from casework.handlers.exchanging.pulling import claim_pull
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.hash_servers import GROUP, SECRETS, HashServer, hash_server
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url

CREDENTIALS = {
    "stop_ncii": {
        "fetch_function_key": SECRETS["stopncii"]["fetch_key"],
        "subscription_key": SECRETS["stopncii"]["subscription_key"],
    },
    "fb_threatexchange": {"api_token": SECRETS["threatexchange"]["access_token"]},
    "ncmec": {"user": SECRETS["ncmec"]["username"], "password": SECRETS["ncmec"]["password"]},
}
OURS = {"stop_ncii": "stopncii", "fb_threatexchange": "threatexchange", "ncmec": "ncmec"}
CONFIGS = {"stop_ncii": {}, "fb_threatexchange": {"privacy_group": int(GROUP)}, "ncmec": {}}


@pytest.fixture(scope="module", params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that answers at `/hma` and reaches this machine; each test pulls by itself."""
    chosen = {"worker": False, "allow_private_destinations": True, "ncmec": True, "hma": True}
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("hma"), database_url=url, **chosen)) as service,
    ):
        yield service


@pytest.fixture
def server() -> Iterator[HashServer]:
    """Run a server of hashes."""
    with hash_server() as one:
        yield one


def asked(staydown: Staydown, method: str, path: str, status: int = 200, **more: object):
    """Ask the drop-in, and return the answer's JSON."""
    answer = staydown.http.request(method, f"/hma/key/{staydown.key(Role.SENIOR)}{path}", **more)
    assert answer.status_code == status, answer.text
    return answer.json()


def created(staydown: Staydown, server: HashServer, name: str, api: str) -> None:
    """Make an exchange as HMA's newest clients do."""
    sent = {
        "bank": name,
        "api": api,
        "api_json": dict(CONFIGS[api]),
        "credential_json": {**CREDENTIALS[api], "base_url_override": server.address(OURS[api])},
    }
    assert asked(staydown, "POST", "/c/exchanges", 201, json=sent) == {"message": "Created successfully"}


def pulled(staydown: Staydown, name: str) -> None:
    """Pull as a worker does."""
    with staydown.service.writing() as uow:
        exchange = uow.exchanges.named(name)
        assert exchange is not None
        claimed = claim_pull(uow, exchange.id)
    assert claimed is not None
    pull_all(staydown.service, asker_of(staydown.service), claimed)


@pytest.mark.parametrize("api", OURS)
def test_what_an_exchange_brings_is_in_the_bank_of_its_name(staydown: Staydown, server: HashServer, api: str) -> None:
    """Coop makes one, asks how far it is, and looks pictures up in it by the bank's name."""
    name, picture = f"E_{api.upper()}", photo_bytes(8_500 + list(OURS).index(api))
    server.put(0, next(one["value"] for one in staydown.hashed(picture) if one["type"] == "pdq/1"))
    created(staydown, server, name, api)
    assert name in asked(staydown, "GET", "/c/exchanges")
    assert asked(staydown, "GET", f"/c/bank/{name}") == {"name": name, "matching_enabled_ratio": 1.0}
    assert asked(staydown, "GET", f"/c/exchange/{name}") == {"name": name, "api": api, "enabled": True, **CONFIGS[api]}
    before = asked(staydown, "GET", f"/c/exchange/{name}/status")
    assert before == {
        "checkpoint_ts": None,
        "fetched_items": 0,
        "last_fetch_complete_ts": None,
        "last_fetch_succeeded": None,
        "running_fetch_start_ts": None,
        "up_to_date": False,
    }
    pulled(staydown, name)
    after = asked(staydown, "GET", f"/c/exchange/{name}/status")
    assert (after["fetched_items"], after["last_fetch_succeeded"], after["up_to_date"]) == (1, True, True)
    assert after["checkpoint_ts"] == after["last_fetch_complete_ts"] > 1_700_000_000
    found = asked(staydown, "POST", "/m/lookup", files={"photo": ("x.jpg", picture, "image/jpeg")})
    assert list(found["pdq"]) == [name]
    with staydown.service.reading() as uow:
        exchange = uow.exchanges.named(name)
        assert exchange is not None
        assert (exchange.shares, exchange.answers) == (False, False)


def test_a_form_is_told_what_each_kind_asks_for(staydown: Staydown) -> None:
    """What it then sends is taken; what HMA calls by a name is called so."""
    assert set(asked(staydown, "GET", "/c/exchanges/apis")) == set(OURS)
    for api in OURS:
        assert asked(staydown, "GET", f"/c/exchanges/api/{api}")["supports_authentification"] is True
        schema = asked(staydown, "GET", f"/c/exchanges/api/{api}/schema")
        needed = {one["name"] for one in schema["credentials_schema"]["fields"] if one["required"]}
        assert needed == set(CREDENTIALS[api])
        assert {one["name"] for one in schema["config_schema"]["fields"] if one["required"]} == set(CONFIGS[api])
    (group,) = [
        one
        for one in asked(staydown, "GET", "/c/exchanges/api/fb_threatexchange/schema")["config_schema"]["fields"]
        if one["required"]
    ]
    assert group["type"] == "integer"


def test_it_is_switched_off_on_and_deleted_with_its_bank(staydown: Staydown, server: HashServer) -> None:
    """Deleted, nothing of it matches; deleting it again is fine."""
    created(staydown, server, "E_SWITCHED", "stop_ncii")
    assert asked(staydown, "PUT", "/c/exchange/E_SWITCHED", json={"enabled": False})["enabled"] is False
    assert asked(staydown, "PUT", "/c/exchange/E_SWITCHED", json={"enabled": False})["enabled"] is False
    assert asked(staydown, "GET", "/c/exchange/E_SWITCHED")["enabled"] is False
    assert asked(staydown, "PUT", "/c/exchange/E_SWITCHED", json={"enabled": True})["enabled"] is True
    asked(staydown, "PUT", "/c/exchange/E_SWITCHED", 400, json={"enabled": "yes"})
    picture = photo_bytes(8_510)
    server.put(0, next(one["value"] for one in staydown.hashed(picture) if one["type"] == "pdq/1"))
    pulled(staydown, "E_SWITCHED")
    assert asked(staydown, "DELETE", "/c/exchange/E_SWITCHED") == {"message": "Exchange deleted"}
    assert asked(staydown, "DELETE", "/c/exchange/E_SWITCHED") == {"message": "success"}
    asked(staydown, "GET", "/c/exchange/E_SWITCHED", 404)
    asked(staydown, "GET", "/c/bank/E_SWITCHED", 404)
    found = asked(staydown, "POST", "/m/lookup", files={"photo": ("x.jpg", picture, "image/jpeg")})
    assert "E_SWITCHED" not in found["pdq"]


def test_credentials_that_were_wrong_are_replaced(staydown: Staydown, server: HashServer) -> None:
    """And the next pull is not left to wait until the pauses after failures are over."""
    wrong = {**CREDENTIALS["stop_ncii"], "fetch_function_key": "wrong"}
    sent = {
        "bank": "E_KEYS",
        "api": "stop_ncii",
        "credential_json": {**wrong, "base_url_override": server.address("stopncii")},
    }
    asked(staydown, "POST", "/c/exchanges", 201, json=sent)
    pulled(staydown, "E_KEYS")
    assert asked(staydown, "GET", "/c/exchange/E_KEYS/status")["last_fetch_succeeded"] is False
    assert asked(staydown, "GET", "/c/exchange/E_KEYS/credentials") == {"has_credentials": True, "source": "exchange"}
    right = {"credential_json": CREDENTIALS["stop_ncii"]}
    said = asked(staydown, "POST", "/c/exchange/E_KEYS/credentials", json=right)
    assert said == {"has_credentials": True, "source": "exchange"}
    pulled(staydown, "E_KEYS")
    assert asked(staydown, "GET", "/c/exchange/E_KEYS/status")["last_fetch_succeeded"] is True
    moved = {"credential_json": {**CREDENTIALS["stop_ncii"], "base_url_override": "https://elsewhere.example.org/"}}
    asked(staydown, "POST", "/c/exchange/E_KEYS/credentials", 400, json=moved)
    asked(staydown, "POST", "/c/exchange/NONE/credentials", 404, json=right)


def test_a_fetch_under_way_is_shown(staydown: Staydown, server: HashServer) -> None:
    """Clients wait for it to end."""
    created(staydown, server, "E_RUNNING", "stop_ncii")
    with staydown.service.writing() as uow:
        exchange = uow.exchanges.named("E_RUNNING")
        assert exchange is not None
        claim_pull(uow, exchange.id)
        begun = uow.now
    assert asked(staydown, "GET", "/c/exchange/E_RUNNING/status")["running_fetch_start_ts"] == int(begun.timestamp())
    with staydown.service.writing() as uow:
        claimed = uow.exchanges.get(exchange.id, lock=True)
        assert claimed.lease is not None
        uow.exchanges.update(replace(claimed, lease=replace(claimed.lease, until=uow.now - timedelta(seconds=1))))
    assert asked(staydown, "GET", "/c/exchange/E_RUNNING/status")["running_fetch_start_ts"] is None


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"api": "stop_ncii"}, 400, "Field `bank` must match"),
        ({"bank": "lower", "api": "stop_ncii"}, 400, "Field `bank` must match"),
        ({"bank": "X"}, 400, "Field `api_type` is required"),
        ({"bank": "X", "api": "sample", "api_json": {}}, 400, "No such exchange type 'sample'"),
        ({"bank": "X", "api": ["sample"]}, 400, "No such exchange type"),
        ({"bank": "X", "api": "stop_ncii", "api_json": []}, 400, "Field `api_json` must be object"),
        ({"bank": "X", "api": "fb_threatexchange", "api_json": {}}, 400, "Failed to parse `api_json`"),
        ({"bank": "X", "api": "fb_threatexchange", "api_json": {"privacy_group": {}}}, 400, "texts or numbers"),
        ({"bank": "X", "api": "stop_ncii"}, 400, "send `credential_json`"),
        ({"bank": "X", "api": "stop_ncii", "credential_json": {"user": 7}}, 400, "an object of texts"),
        (
            {
                "bank": "X",
                "api": "stop_ncii",
                "credential_json": {**CREDENTIALS["stop_ncii"], "base_url_override": "http://169.254.169.254/"},
            },
            422,
            "never reached",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_with_the_reason(
    staydown: Staydown, sent: dict, status: int, words: str
) -> None:
    """And nothing of it is there afterwards."""
    assert words in asked(staydown, "POST", "/c/exchanges", status, json=sent)["message"]
    assert "X" not in asked(staydown, "GET", "/c/exchanges")
    asked(staydown, "GET", "/c/bank/X", 404)


def test_a_name_that_is_taken_is_refused(staydown: Staydown, server: HashServer) -> None:
    """By a bank, or by another exchange."""
    asked(staydown, "POST", "/c/banks", 201, json={"name": "E_TAKEN"})
    sent = {"bank": "E_TAKEN", "api": "stop_ncii", "credential_json": CREDENTIALS["stop_ncii"]}
    assert "already exists" in asked(staydown, "POST", "/c/exchanges", 403, json=sent)["message"]
    assert "E_TAKEN" not in asked(staydown, "GET", "/c/exchanges")


def test_credentials_that_several_would_share_are_refused_with_what_to_do(staydown: Staydown) -> None:
    """Taken and not used, they would look set."""
    sent = {"credential_json": CREDENTIALS["stop_ncii"]}
    refused = asked(staydown, "POST", "/c/exchanges/api/stop_ncii", 501, json=sent)
    assert "when you create it" in refused["message"]
    cleared = asked(staydown, "POST", "/c/exchanges/api/stop_ncii", json={"credential_json": {}})
    assert cleared == {"supports_authentification": True, "has_set_authentification": False}
    asked(staydown, "POST", "/c/exchanges/api/sample", 400, json=sent)


def test_ncmec_is_not_there_unless_it_is_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is on its lists shows children; whoever has no route for that cannot switch it on from here."""
    with running(settings_in(tmp_path_factory.mktemp("off"), hma=True, worker=False)) as service:
        assert asked(service, "GET", "/c/exchanges/apis") == ["fb_threatexchange", "stop_ncii"]
        asked(service, "GET", "/c/exchanges/api/ncmec", 400)
        sent = {"bank": "X", "api": "ncmec", "credential_json": CREDENTIALS["ncmec"]}
        assert "STAYDOWN_NCMEC" in asked(service, "POST", "/c/exchanges", 400, json=sent)["message"]


def test_only_who_may_fill_banks_makes_exchanges(staydown: Staydown) -> None:
    """Whoever only asks cannot have hashes of a server of their own hold everybody's uploads."""
    key = staydown.http.post(
        "/v1/keys", headers=staydown.headers(Role.ADMIN), json={"name": "asks", "role": "pipeline", "trusted": True}
    ).json()["key"]
    answer = staydown.http.post(f"/hma/key/{key}/c/exchanges", json={"bank": "X", "api": "stop_ncii"})
    assert answer.status_code == 403
