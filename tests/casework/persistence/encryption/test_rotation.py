"""Encrypting everything again under a new key: nothing is lost, nothing stays under the old one, killed it goes on."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text, update

from api.bootstrap import prepare_data
from api.cli.local import open_record
from api.errors import SettingsError
from api.security.keyring import Keyring
from api.settings import Settings
from casework.domain.errors import RetiredKeyError, UnreadableError, WrongStateError
from casework.domain.ids import UploadId
from casework.domain.media import Collection
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.connection.database import open_database
from casework.persistence.connection.failures import DatabaseBusyError
from casework.persistence.encryption.proofs import add_proof, read_proofs
from casework.persistence.encryption.rotation import count_outdated, encrypt_again, leave_other_keys
from casework.persistence.index_log.writing import SqlIndexLog
from casework.persistence.tables import previews, uploads
from tests.casework.persistence.frozen import Old, everything, marks, prepared_record
from tests.golden.make_record import WORDS
from tests.helpers.records.databases import KINDS
from tests.helpers.running.waiting import PATIENCE_S


@pytest.fixture(params=KINDS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Take the frozen record, prepared: its texts are under a new key, previews and secrets in the manner of before."""
    with prepared_record(request.param, request, tmp_path) as found:
        yield found


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Engine, Keyring]]:
    """Open a record and its keyring, as a process does."""
    engine = open_database(settings.url)
    try:
        yield engine, Keyring(settings.keyring_file)
    finally:
        engine.dispose()


def begin(engine: Engine, keyring: Keyring) -> str:
    """Make a key and write with it from now on."""
    more = keyring.ring.with_new_key()
    newest = list(more.keys)[-1]
    keyring.replace(more)
    add_proof(engine, newest, more.proof(newest))
    keyring.replace(more.writing_with(newest))
    return newest


def test_everything_is_under_the_new_key_and_reads_as_before(old: Old) -> None:
    """What versions before wrote in their own manner comes along."""
    before = everything(old.settings)
    assert b"preview" in before[4]
    with opened(old.settings) as (engine, keyring):
        assert len(marks(engine)) > 1
        newest = begin(engine, keyring)
        assert everything(old.settings) == before
        counted = []
        outdated = count_outdated(engine, keyring)
        encrypt_again(engine, keyring, after_batch=counted.append)
        assert sum(counted) == outdated > 15
        assert leave_other_keys(engine, keyring, newest) == 0
        keyring.replace(keyring.ring.alone())
        assert marks(engine) == {keyring.mark()}
        assert list(read_proofs(engine)) == list(keyring.ring.keys) == [newest]
    assert everything(old.settings) == before


def test_interrupted_after_any_batch_it_goes_on(old: Old) -> None:
    """Ctrl-C, a kill or a power cut in the middle leaves a mixture, in which everything can be read."""
    before = everything(old.settings)
    with opened(old.settings) as (engine, keyring):
        newest = begin(engine, keyring)
        batches = iter(range(2))
        with pytest.raises(StopIteration):
            encrypt_again(engine, keyring, after_batch=lambda _: next(batches))
        assert everything(old.settings) == before
        left = count_outdated(engine, keyring)
        assert left > 0
        counted = []
        encrypt_again(engine, keyring, after_batch=counted.append)
        assert sum(counted) == left
        assert leave_other_keys(engine, keyring, newest) == 0
    assert everything(old.settings) == before


def test_what_another_process_writes_meanwhile_is_under_the_new_key(old: Old) -> None:
    """It looks at the keyring before it encrypts, so no record is left behind under a key that goes."""
    with opened(old.settings) as (engine, keyring), opened(old.settings) as (_, other):
        sealed = other.seal(b"words", "a/b/c")
        newest = begin(engine, keyring)
        assert other.mark() == keyring.mark()
        encrypt_again(engine, keyring, after_batch=lambda _: None)
        with open_record(old.settings) as uow:
            upload = uow.uploads.get(UploadId("upl_one"))
            uow.uploads.update(upload)
        leave_other_keys(engine, keyring, newest)
        keyring.replace(keyring.ring.alone())
        assert marks(engine) == {other.mark()}
        # What it read before the old key went it still decrypts after.
        assert other.open(sealed, "a/b/c") == b"words"


def test_moved_ciphertext_is_refused(old: Old) -> None:
    """Whoever can write the database cannot put one person's words beside another's name."""
    with opened(old.settings) as (engine, _), engine.connect() as connection, connection.begin():
        text = select(uploads.c.post_text).where(uploads.c.id == "upl_one").scalar_subquery()
        connection.execute(update(uploads).where(uploads.c.id == "upl_two").values(post_text=text))
    with pytest.raises(UnreadableError, match="uploads/post_text/upl_two"), open_record(old.settings) as uow:
        uow.uploads.get(UploadId("upl_two"))


def test_what_no_key_opens_is_left_and_counted(old: Old) -> None:
    """A preview whose key was lost years ago must not keep the others from a new key."""
    with opened(old.settings) as (engine, keyring):
        with engine.connect() as connection, connection.begin():
            connection.execute(update(previews).values(ciphertext=b"gAAAA of a lost key"))
        newest = begin(engine, keyring)
        encrypt_again(engine, keyring, after_batch=lambda _: None)
        assert leave_other_keys(engine, keyring, newest) == 3
    with open_record(old.settings) as uow:
        assert uow.uploads.get(UploadId("upl_one")).post_text == WORDS["upload's text"]


def second_machine(settings: Settings) -> Settings:
    """Return the settings of another machine over the same database, with a copy of the keyring."""
    copied = settings.keyring_file.with_name("second.json")
    shutil.copy(settings.keyring_file, copied)
    return settings.model_copy(update={"encryption_key_file": copied})


def write(settings: Settings) -> None:
    """Encrypt something anew, as a server of these settings does."""
    with open_record(settings) as uow:
        uow.uploads.update(uow.uploads.get(UploadId("upl_one")))


def test_old_key_stays_while_another_machine_writes_with_it(old: Old) -> None:
    """Else its rows could be read there alone, and nowhere once the keyring is copied over."""
    with opened(old.settings) as (engine, keyring):
        keyring.replace(keyring.ring.with_new_key())
        second = second_machine(old.settings)
        newest = list(keyring.ring.keys)[-1]
        add_proof(engine, newest, keyring.ring.proof(newest))
        keyring.replace(keyring.ring.writing_with(newest))
        encrypt_again(engine, keyring, after_batch=lambda _: None)
        write(second)
        with pytest.raises(WrongStateError, match=r"1 records are under another key .* copy this keyring"):
            leave_other_keys(engine, keyring, newest, expect_none=True)
        assert len(read_proofs(engine)) == 2
        shutil.copy(old.settings.keyring_file, second.keyring_file)
        write(second)
        assert leave_other_keys(engine, keyring, newest, expect_none=True) == 0
        assert list(read_proofs(engine)) == [newest]


def test_machine_with_a_retired_key_writes_nothing(old: Old) -> None:
    """Nobody could read it again; the machine is told which keyring it needs, and its start does not undo that."""
    with opened(old.settings) as (engine, keyring):
        keyring.replace(keyring.ring.with_new_key())
        second = second_machine(old.settings)
        before, newest = keyring.ring.keys
        add_proof(engine, newest, keyring.ring.proof(newest))
        keyring.replace(keyring.ring.writing_with(newest))
        encrypt_again(engine, keyring, after_batch=lambda _: None)
        leave_other_keys(engine, keyring, newest)
        keyring.replace(keyring.ring.alone())
        remedy = f"key {before}, which a rotation has retired; copy the keyring here .* writes with key {newest}"
        with pytest.raises(RetiredKeyError, match=remedy):
            write(second)
        with pytest.raises(SettingsError, match=remedy):
            prepare_data(second)
        assert marks(engine) == {keyring.mark()}
    prepare_data(old.settings)
    shutil.copy(old.settings.keyring_file, second.keyring_file)
    prepare_data(second)
    write(second)


@pytest.fixture
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    """Take the frozen record, prepared, on PostgreSQL, where several write at a time."""
    with prepared_record("postgresql", request, tmp_path) as found:
        yield found


def test_decision_under_way_and_the_end_of_a_rotation_wait_for_each_other(shared: Old) -> None:
    """Handlers take the counter first: a rotation that took the tables first would deadlock with one."""
    with opened(shared.settings) as (engine, keyring), ThreadPoolExecutor(1) as pool:
        newest = begin(engine, keyring)
        with engine.connect() as decision, decision.begin():
            SqlIndexLog(decision, ChangedRecords(decision)).version(Collection.TAKEDOWNS)
            decision.execute(text("LOCK TABLE decisions IN ROW EXCLUSIVE MODE"))  # as its insert does
            ending = pool.submit(leave_other_keys, engine, keyring, newest)
            with engine.connect() as watch:
                query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                while watch.execute(query).scalar_one() == 0:
                    watch.rollback()
            held = text("SELECT count(*) FROM pg_locks WHERE mode = 'ShareRowExclusiveLock' AND granted")
            assert decision.execute(held).scalar_one() == 0
            decision.execute(text("UPDATE cases SET id = id"))
        assert ending.result(timeout=PATIENCE_S) == 0


def test_deadlock_is_busy(shared: Old) -> None:
    """The database is there: what was undone is tried again, and nobody is told that it cannot be reached."""
    with opened(shared.settings) as (engine, _), engine.connect() as connection:
        raising = "DO $$ BEGIN RAISE EXCEPTION 'a circle' USING ERRCODE = '40P01'; END $$"
        with pytest.raises(DatabaseBusyError, match="deadlock"):
            connection.execute(text(raising))
