"""Exchanges with servers that speak the documented protocols: what is pulled holds, what is taken back is let go."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from api.background.exchanging.pulling import asker_of, pull_all
from api.background.exchanging.telling import follow_all, tell
from casework.domain.actor import Actor, Role
from casework.domain.exchanges.exchange import Exchange
from casework.domain.exchanges.sending import Sending, SendingKind, SendingState
from casework.domain.work.lease import Lease
from casework.handlers.deciding.undo import undo_decision
from casework.handlers.exchanging.looking_after import AddExchange, add_exchange
from casework.handlers.exchanging.pulling import claim_pull
from casework.handlers.exchanging.telling import claim_sending
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.counterparts.hash_servers import OPTIONS, SECRETS, HashServer, hash_server
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import record_url

OPERATOR = Actor(id="cli", name="command line", role=Role.ADMIN)
KINDS = ["stopncii", "threatexchange", "ncmec"]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service that reaches this machine, without a worker: each test pulls and tells itself."""
    chosen = {"worker": False, "allow_private_destinations": True, "ncmec": True}
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("staydown"), database_url=url, **chosen)) as service,
    ):
        yield service


@pytest.fixture
def server() -> Iterator[HashServer]:
    """Run a server of hashes."""
    with hash_server() as running:
        yield running


def added(staydown: Staydown, server: HashServer, kind: str, name: str) -> Exchange:
    """Set an exchange up that shares and answers."""
    command = AddExchange(
        OPERATOR, name, kind, server.address(kind), OPTIONS[kind], SECRETS[kind], kind != "ncmec", True, 3_600
    )
    with staydown.service.writing() as uow:
        return add_exchange(command, uow)


def pulled(staydown: Staydown, exchange: Exchange) -> Exchange:
    """Pull everything there is."""
    with staydown.service.writing() as uow:
        claimed = claim_pull(uow, exchange.id)
    assert claimed is not None
    return pull_all(staydown.service, asker_of(staydown.service), claimed)


def listed(staydown: Staydown, name: str) -> set[str]:
    """Return the PDQ hashes of a list that match."""
    found = set()
    with staydown.service.reading() as uow:
        for takedown_id in uow.takedowns.of_source(name):
            for media in uow.media.many(uow.takedowns.references(takedown_id)).values():
                found |= {one.value.hex() for one in media.signals}
    return found


def pdq_of(staydown: Staydown, data: bytes) -> str:
    """Return a picture's PDQ hash."""
    return next(one["value"] for one in staydown.hashed(data) if one["type"] == "pdq/1")


def said(staydown: Staydown, exchange: Exchange) -> list[Sending]:
    """Say everything that is to be said, as if the time to undo it had passed; return it as it is then."""
    service, answers = staydown.service, []
    follow_all(service)
    with service.writing() as uow:
        far = uow.now + timedelta(days=1)
        while (due := uow.sendings.next_due(far, exchange.id)) is not None:
            uow.sendings.update(replace(due, lease=Lease.begin(uow.now, until=far + timedelta(seconds=1))))
            answers.append(due)
        for one in answers:
            uow.sendings.update(replace(one, next_attempt_at=uow.now))
    told = []
    for _ in answers:
        with service.writing() as uow:
            claimed = claim_sending(uow, exchange.id)
        assert claimed is not None
        told.append(tell(service, asker_of(service), claimed))
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_pulled_holds_and_names_its_source(staydown: Staydown, server: HashServer, kind: str) -> None:
    """Pages in no order, a bad record among them: all that can be read matches from then on, and blocks nothing."""
    pictures = [photo_bytes(7_500 + 10 * KINDS.index(kind) + number) for number in range(7)]
    for number, data in enumerate(pictures):
        server.put(number, pdq_of(staydown, data))
    server.put(99, "ab" * 16)
    exchange = pulled(staydown, added(staydown, server, kind, f"P_{kind}"))
    assert (exchange.pulled, exchange.set_aside, exchange.last_error) == (7, 1, None)
    assert exchange.up_to_date
    assert listed(staydown, exchange.name) == {pdq_of(staydown, one) for one in pictures}
    upload = staydown.upload(f"pulled {kind}", photo_bytes(7_500 + 10 * KINDS.index(kind), quality=60))
    assert (upload["verdict"], upload["matches"][0]["source"]) == ("hold", exchange.name)
    case = staydown.get(f"/v1/cases/{upload['case_id']}")
    assert f"the list {exchange.name}" in case["note"]
    with staydown.service.reading() as uow:
        (aside,) = uow.exchange_records.aside(exchange.id, limit=10)
    assert "64" in aside.reason


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_taken_back_there_is_let_go_here(staydown: Staydown, server: HashServer, kind: str) -> None:
    """Withdrawal travels: an upload that was held for it alone is free again, and others of the list still match."""
    seeds = [7_600 + 10 * KINDS.index(kind) + number for number in range(3)]
    for number, seed in enumerate(seeds):
        server.put(number, pdq_of(staydown, photo_bytes(seed)))
    exchange = pulled(staydown, added(staydown, server, kind, f"W_{kind}"))
    upload = staydown.upload(f"withdrawn {kind}", photo_bytes(seeds[0], quality=60))
    assert upload["verdict"] == "hold"
    server.withdraw(0)
    if kind != "stopncii":  # where a hash is the name of its record, another hash is another record
        server.put(1, pdq_of(staydown, photo_bytes(seeds[0] + 5)))
    exchange = pulled(staydown, exchange)
    assert listed(staydown, exchange.name) == server.standing()
    assert staydown.verdict_of(upload) == "allow"
    again = pulled(staydown, exchange)
    assert (again.pulled, listed(staydown, exchange.name)) == (exchange.pulled, server.standing())
    server.put(0, pdq_of(staydown, photo_bytes(seeds[0])))
    assert listed(staydown, pulled(staydown, again).name) == server.standing()


def test_two_records_of_one_hash_hold_it_together(staydown: Staydown, server: HashServer) -> None:
    """A second person handed in the same picture: that the first takes theirs back changes nothing for them."""
    digits = "0f" * 32
    server.put(1, digits)
    server.put(2, digits)
    exchange = pulled(staydown, added(staydown, server, "threatexchange", "TWICE"))
    server.withdraw(1)
    exchange = pulled(staydown, exchange)
    assert listed(staydown, "TWICE") == {digits}
    server.withdraw(2)
    pulled(staydown, exchange)
    assert listed(staydown, "TWICE") == set()


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_is_said_once_and_not_what_was_undone(staydown: Staydown, server: HashServer, kind: str) -> None:
    """Confirmed, not a copy: the server learns which, of the hash that it was about, and nothing else."""
    base = 7_700 + 10 * KINDS.index(kind)
    for number in range(3):
        server.put(number, pdq_of(staydown, photo_bytes(base + number)))
    exchange = pulled(staydown, added(staydown, server, kind, f"F_{kind}"))
    uploads = [staydown.upload(f"fed {kind} {n}", photo_bytes(base + n, quality=60)) for n in range(3)]
    staydown.find_out(uploads[0]["case_id"], nudity=True, context_assessed=True)
    staydown.look(uploads[0]["case_id"])
    staydown.uphold(uploads[0]["case_id"], override_reason="seen")
    headers = staydown.headers(Role.MODERATOR)
    for upload in uploads[1:]:
        body = {"outcome": "reject"}
        answer = staydown.http.post(f"/v1/cases/{upload['case_id']}/decision", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
    with staydown.service.writing() as uow:
        decision = uow.decisions.get(answer.json()["decision_id"])
        undo_decision(decision.id, Actor(decision.decided_by, "moderator", Role.MODERATOR), uow)
    assert {one.state for one in said(staydown, exchange)} == {SendingState.SENT}
    assert said(staydown, exchange) == []
    assert len(server.feedback) == 2
    confirmed, denied = server.feedback
    if kind == "stopncii":
        assert (confirmed["feedbackValue"], confirmed["source"]) == ("Blocked", "us")
        assert (denied["feedbackValue"], denied["tags"]) == ("NotBlocked", ["not_a_copy"])
        assert confirmed["hashValue"] == server.records[0].value
    elif kind == "threatexchange":
        assert confirmed == {"descriptor": "500000", "reactions": "HELPFUL"}
        assert denied == {"descriptor": "500001", "reactions": "DISAGREE_WITH_TAGS"}
    else:
        assert [one["path"] for one in (confirmed, denied)] == [f"v2/entries/7/e{n}/PDQ/feedback" for n in (0, 1)]
        assert ("<affirmative" in confirmed["body"], "<guid>g-1</guid>" in denied["body"]) == (True, True)


def confirmed_upload(staydown: Staydown, server: HashServer, kind: str, name: str, seed: int) -> tuple[Exchange, str]:
    """Pull one hash and have a person confirm its copy; return the exchange and the upload."""
    server.put(0, pdq_of(staydown, photo_bytes(seed)))
    exchange = pulled(staydown, added(staydown, server, kind, name))
    upload = staydown.upload(f"confirmed {name}", photo_bytes(seed, quality=60))
    staydown.find_out(upload["case_id"], nudity=True, context_assessed=True)
    staydown.look(upload["case_id"])
    staydown.uphold(upload["case_id"], override_reason="seen")
    return exchange, upload["upload"]


def overturned(staydown: Staydown, upload: str) -> None:
    """Appeal for who posted an upload; somebody else finds that they are right."""
    asked = {"upload": upload, "by": "poster", "grounds": "that is another picture"}
    filed = staydown.http.post("/v1/appeals", headers=staydown.headers(Role.PIPELINE), json=asked)
    assert filed.status_code == 201, filed.text
    address, judge = f"/v1/appeals/{filed.json()['id']}/decision", staydown.headers(Role.SENIOR)
    decided = staydown.http.post(address, headers=judge, json={"outcome": "overturn", "note": "it is"})
    assert decided.status_code == 200, decided.text


@pytest.mark.parametrize("kind", KINDS)
def test_feedback_that_an_appeal_overturns_is_corrected_once(staydown: Staydown, server: HashServer, kind: str) -> None:
    """A server that goes on believing "confirmed" would have everybody restrict what was restricted here by mistake."""
    exchange, upload = confirmed_upload(staydown, server, kind, f"C_{kind}", 7_900 + KINDS.index(kind))
    assert [one.kind for one in said(staydown, exchange)] == [SendingKind.FEEDBACK]
    overturned(staydown, upload)
    assert [(one.kind, one.state) for one in said(staydown, exchange)] == [(SendingKind.CORRECTION, SendingState.SENT)]
    assert said(staydown, exchange) == []
    first, corrected = server.feedback
    if kind == "stopncii":
        assert (first["feedbackValue"], corrected["feedbackValue"]) == ("Blocked", "NotBlocked")
        assert (corrected["hashValue"], corrected["tags"]) == (first["hashValue"], ["not_a_copy"])
    elif kind == "threatexchange":
        words = {"reactions": "DISAGREE_WITH_TAGS", "reactions_to_remove": "HELPFUL"}
        assert corrected == {"descriptor": first["descriptor"], **words}
    else:
        assert corrected["path"] == first["path"]
        assert ("<affirmative" in first["body"], "<guid>g-1</guid>" in corrected["body"]) == (True, True)


def test_of_what_an_appeal_overturns_before_it_is_said_nothing_is_said(staydown: Staydown, server: HashServer) -> None:
    """Neither the wrong word nor its correction."""
    exchange, upload = confirmed_upload(staydown, server, "stopncii", "C_EARLY", 7_910)
    overturned(staydown, upload)
    assert (said(staydown, exchange), server.feedback) == ([], [])


def test_a_word_that_could_not_be_said_is_not_said_after_its_correction(staydown: Staydown, server: HashServer) -> None:
    """It is tried again for weeks, and would then have the last word."""
    exchange, upload = confirmed_upload(staydown, server, "stopncii", "C_TRIED", 7_920)
    with staydown.service.writing() as uow:
        far = uow.now + timedelta(days=1)
        first = uow.sendings.next_due(far, exchange.id)
        assert first is not None
        tried = first.failed("no answer", uow.now, retry_after_s=None, for_good=False)
        uow.sendings.update(replace(tried, next_attempt_at=far - timedelta(hours=1)))
    overturned(staydown, upload)
    told = said(staydown, exchange)
    assert {one.kind: one.state for one in told} == {
        SendingKind.FEEDBACK: SendingState.DEAD,
        SendingKind.CORRECTION: SendingState.SENT,
    }
    assert [one["feedbackValue"] for one in server.feedback] == ["NotBlocked"]


@pytest.mark.parametrize("kind", ["stopncii", "threatexchange"])
def test_a_takedown_is_passed_on_where_both_agreed_and_taken_back_with_it(
    staydown: Staydown, server: HashServer, kind: str
) -> None:
    """Hashes of what a reporter did not offer stay here; what was passed on is taken back when the takedown is."""
    exchange = added(staydown, server, kind, f"S_{kind}")
    base = 7_800 + 10 * KINDS.index(kind)
    statement = {"non_consent": True, "good_faith": True, "signature": "A"}
    offered = staydown.report(photo_bytes(base), statement={**statement, "share_hashes": True}, facts={"nudity": True})
    kept = staydown.report(photo_bytes(base + 1), statement=statement, facts={"nudity": True})
    for one in (offered, kept):
        staydown.look(one["case_id"])
    takedown = staydown.uphold(offered["case_id"])["takedown_id"]
    staydown.uphold(kept["case_id"])
    assert [one.state for one in said(staydown, exchange)] == [SendingState.SENT]
    values = {one.get("hashValue") or one["indicator"] for one in server.submitted}
    assert pdq_of(staydown, photo_bytes(base)) in values
    assert pdq_of(staydown, photo_bytes(base + 1)) not in values
    before = len(server.submitted)
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{takedown}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "asked to"}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert [one.state for one in said(staydown, exchange)] == [SendingState.SENT]
    ended = server.submitted[before:]
    if kind == "stopncii":
        assert ended[0]["CSPFeedbacks"][0]["feedbackValue"] == "Withdrawn"
        assert ended[0]["hashValue"] == server.submitted[0]["hashValue"]
    else:
        assert {one["descriptor"] for one in ended} == {str(900_001 + n) for n in range(before)}
        assert all(int(one["expired_on"]) > 0 for one in ended)
    assert said(staydown, exchange) == []
