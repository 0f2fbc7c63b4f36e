"""Erased means gone: searched for byte by byte, in every file and table, while the service runs and after it ended."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, select

from api.replica.replica import Replica
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence import tables
from index.base import CollectionIndex, IndexOptions
from index.collections import index_named
from matcher.signals.local import LocalFeatures
from tests.api.conftest import SUBJECT, Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg
from tests.helpers.media.textures import texture
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url
from tests.helpers.running.waiting import eventually

NAME, CONTACT, TEXT, NOTE = "Zelda Unforgettable", "zelda@unforgettable.example", "look who this is", "an old note"
SENSITIVE = {
    "reporter": {**SUBJECT["reporter"], "name": NAME, "contact": CONTACT},
    "statement": {**SUBJECT["statement"], "signature": NAME},
    "content": {"url": "https://example.org/zelda-unforgettable", "post_text": TEXT},
    "facts": {"nudity": True},
}
ERASED, OTHER = 4711, 4712


@pytest.fixture(params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Staydown]:
    """Open a service of its own, which also keeps a copy for when the database is away."""
    with record_url(request.param, request) as url:
        settings = settings_in(tmp_path, database_url=url, when_database_down="available")
        with running(settings) as service:
            yield service


def picture(seed: int) -> bytes:
    """Return a picture with parts that are found."""
    return jpeg(texture(seed))


def values_of(staydown: Staydown, case_id: str) -> set[bytes]:
    """Return what must be found nowhere: whole values, their digits, rows of descriptors, previews, words."""
    found = {word.encode() for word in (NAME, CONTACT, TEXT, NOTE, "zelda-unforgettable")}
    with staydown.service.reader.connect() as record:
        media_ids = select(tables.media.c.id).where(tables.media.c.case_id == case_id)
        signals = select(tables.signals).where(tables.signals.c.media_id.in_(media_ids))
        for row in record.execute(signals).mappings():
            found |= {row["value"], row["value"].hex().encode(), row["value"][-48:]}
            if row["signal_type"] == "local/1":
                found |= {one.tobytes() for one in LocalFeatures.from_bytes(row["value"]).descriptors[:40]}
        variants = select(tables.variants.c.codes).where(tables.variants.c.media_id.in_(media_ids))
        for codes in record.execute(variants).scalars():
            found |= {codes[at : at + 32] for at in range(0, len(codes), 32)}
        report = select(tables.reports.c["reporter", "statement", "content"]).where(tables.reports.c.case_id == case_id)
        found |= {bytes(one) for row in record.execute(report) for one in row}  # as they are encrypted
        notes = select(tables.decisions.c.note).where(tables.decisions.c.case_id == case_id)
        found |= {bytes(one) for one in record.execute(notes).scalars() if one is not None}
        texts = select(tables.uploads.c.post_text).where(tables.uploads.c.platform_id == "a copy")
        found |= {bytes(one) for one in record.execute(texts).scalars()}
        previews = select(tables.previews.c.ciphertext).where(tables.previews.c.media_id.in_(media_ids))
        found |= {bytes(one) for one in record.execute(previews).scalars()}
    return found


def in_files(folder: Path, values: set[bytes]) -> dict[str, set[bytes]]:
    """Return in which files which of these bytes lie."""
    found: dict[str, set[bytes]] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if here := {value for value in values if value in content}:
                found[str(path.relative_to(folder))] = here
    return found


def in_tables(url: str, values: set[bytes]) -> dict[str, set[bytes]]:
    """Return in which tables of a database which of these bytes lie, whatever hides rows of them."""
    found: dict[str, set[bytes]] = {}
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            for table in tables.metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    content = b"\0".join(one if isinstance(one, bytes) else repr(one).encode() for one in row)
                    if here := {value for value in values if value in content}:
                        found.setdefault(table.name, set()).update(here)
    finally:
        engine.dispose()
    return found


def kept_answers(staydown: Staydown) -> list[bytes]:
    """Return every answer that is kept for repeats, as it was given."""
    with staydown.service.reading() as uow:
        return [one.body for one in uow.kept_answers.page(None, limit=1_000)]


def erase(staydown: Staydown, role: Role = Role.SENIOR, **subject: object) -> dict:
    """Ask for an erasure, and read it once it is completed."""
    body = {"reason": "asked for", **subject}
    response = staydown.http.post("/v1/erasures", headers=staydown.headers(role), json=body)
    assert response.status_code == 202, response.text
    address = f"/v1/erasures/{response.json()['erasure_id']}"
    return eventually(lambda: staydown.get(address, Role.AUDITOR), lambda found: found["state"] == "completed")


@contextmanager
def elsewhere(staydown: Staydown, folder: Path) -> Iterator[tuple[Replica, CollectionIndex]]:
    """Open a replica over index files of its own, as another machine has them; with it, those of takedowns."""
    backend = staydown.service.settings.index_backend
    indexes = {one: index_named("folder").open(IndexOptions(folder / one.value, backend)) for one in Collection}
    with closing(Replica(staydown.service.follower, indexes)) as replica:
        yield replica, indexes[Collection.TAKEDOWNS]


def found_by(replica: Replica, staydown: Staydown) -> set[str]:
    """Return the takedowns that the hashes of the other picture find."""
    values = {one["type"]: bytes.fromhex(one["value"]) for one in staydown.hashed(picture(OTHER))}
    codes = {name: np.frombuffer(values[name], np.uint8)[None] for name in ("sha256/1", "pdq/1", "phash/1")}
    (candidates,) = replica.find(Collection.TAKEDOWNS, [codes])
    with staydown.service.reading() as uow:
        return uow.index_log.owners(hit.item_id for hit in candidates.found)


def refused(staydown: Staydown, **subject: object) -> int:
    """Ask for an erasure that is refused; return the status."""
    body = {"reason": "asked for", **subject}
    return staydown.http.post("/v1/erasures", headers=staydown.headers(Role.SENIOR), json=body).status_code


def pdq_of(staydown: Staydown, seed: int) -> str:
    """Return a picture's `pdq/1`, as digits."""
    return next(one["value"] for one in staydown.hashed(picture(seed)) if one["type"] == "pdq/1")


def test_nothing_of_an_erased_takedown_is_left_anywhere(staydown: Staydown, tmp_path: Path) -> None:
    """Neither while it runs nor after, in files, log, index, standby copy and tables; everything else matches on."""
    service, data = staydown.service, staydown.service.settings.data
    report = staydown.report(picture(ERASED), **SENSITIVE)
    claimed = f"/v1/cases/{report['case_id']}/claim"
    reviewer = {**staydown.headers(Role.MODERATOR), "Idempotency-Key": "kept"}
    assert staydown.http.post(claimed, headers=reviewer, json={}).status_code == 200
    copy = staydown.upload("a copy", picture(ERASED), post_text=TEXT)
    decision = staydown.uphold(report["case_id"], note=NOTE)
    other = staydown.take_down(picture(OTHER), nudity=True)["takedown_id"]
    staydown.looked_back(decision["takedown_id"])
    asked = {**staydown.headers(Role.PIPELINE), "Idempotency-Key": "hashed"}
    assert staydown.http.post("/v1/hash", headers=asked, files={"media": ("x", picture(ERASED))}).status_code == 200
    with elsewhere(staydown, tmp_path / "first") as (down, index):  # from here on; a second one never saw anything
        assert found_by(down, staydown) == {other}
        index.seal()
    for index in service.indexes.values():
        index.seal()
    service.standby.follow(service.follower)
    before = staydown.upload("part of another", jpeg(texture(OTHER)[40:320, 60:440]))["matches"]
    values = values_of(staydown, report["case_id"])
    copied = in_files(data, values)
    assert any(name.startswith("index") for name in copied)
    assert any(name.startswith("standby") for name in copied)
    assert in_files(tmp_path / "first", values)
    assert any(NAME.encode() in body for body in kept_answers(staydown))

    assert refused(staydown, takedown_id=decision["takedown_id"]) == 409
    receipt = {"Receipt-Secret": report["receipt"]["secret"]}
    erased = staydown.http.post(f"/v1/receipts/{report['receipt']['number']}/erase", headers=receipt)
    assert erased.status_code == 202, erased.text
    done = erase(staydown, takedown_id=decision["takedown_id"])

    assert done["erasure_id"] == erased.json()["erasure_id"]
    assert done["removed"]["previews"] >= 1
    assert done["removed"]["identities"] == 1
    assert done["removed"]["signals"] >= 8
    assert done["removed"]["index_files"] > 0
    assert in_files(data, values) == {}
    assert in_tables(service.settings.url, values) == {}
    digits = {value for value in values if len(value) == 64}
    assert not [body for body in kept_answers(staydown) if any(one in body for one in {NAME.encode(), *digits})]
    assert staydown.verdict_of(copy) == "allow"
    assert staydown.match(pdq=pdq_of(staydown, ERASED))["matches"] == []

    after = staydown.upload("part of another, again", jpeg(texture(OTHER)[40:320, 60:440]))["matches"]
    assert [one["takedown_id"] for one in after] == [one["takedown_id"] for one in before] == [other]
    for name in ("first", "second"):
        with elsewhere(staydown, tmp_path / name) as (back, index):
            assert found_by(back, staydown) == {other}
            index.erase_removed()
        assert in_files(tmp_path / name, values) == {}

    skeleton = staydown.get(f"/v1/takedowns/{decision['takedown_id']}")
    assert (skeleton["state"], skeleton["decision_id"]) == ("withdrawn", decision["decision_id"])
    assert staydown.get(f"/v1/cases/{report['case_id']}")["decisions"][0]["rule"] == decision["rule"]
    shown = staydown.http.get(f"/v1/receipts/{report['receipt']['number']}", headers=receipt).json()
    assert (shown["outcome"], shown["erasure"], shown["next"]) == ("withdrawn", "completed", [])
    staydown.http.__exit__(None, None, None)
    assert in_files(data, values) == {}
