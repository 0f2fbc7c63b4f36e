"""Long videos are answered at once, and what was acknowledged is done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.background.serving.maintenance import Maintenance
from api.bootstrap import open_service
from api.cli.remote import RemoteDesk
from api.service import Service
from api.shell.errors import FileRefusedError
from casework.domain.actor import Role
from casework.domain.ids import JobId, new_id
from casework.domain.work.job import Job, JobState
from tests.api.conftest import TESTER, Staydown, running, settings_in
from tests.helpers.media.clips import cropped, panning
from tests.helpers.media.videos import scene, write_video
from tests.helpers.records.empty_records import prepare_empty
from tests.helpers.running.waiting import eventually


@pytest.fixture(scope="module")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service to which every video is long."""
    with running(settings_in(tmp_path_factory.mktemp("eager"), async_above_bytes=0)) as service:
        yield service


def film(folder: Path, seed: int, *, seconds: int = 2) -> bytes:
    """Encode a shot that pans."""
    return write_video(folder / "a.mp4", scene(seed, frames=10 * seconds, pan_px=8), every=10).read_bytes()


def ask(staydown: Staydown, address: str, data: bytes, **headers: str) -> dict:
    """Send a film that is acknowledged; return the acknowledgement."""
    fields = {"upload": json.dumps({"upload_id": f"{len(data)}"})} if address == "/v1/uploads" else {}
    response = staydown.http.post(
        address, headers={**staydown.headers(Role.PIPELINE), **headers}, data=fields, files={"media": ("a", data)}
    )
    assert response.status_code == 202, response.text
    job = response.json()
    assert (response.headers["Location"], job["state"], job["answer"]) == (f"/v1/jobs/{job['job']}", "waiting", None)
    return job


def ended(staydown: Staydown, job: dict) -> dict:
    """Wait until a job has ended, and its file is gone."""
    found = eventually(
        lambda: staydown.get(f"/v1/jobs/{job['job']}", Role.PIPELINE), lambda one: one["state"] in ("done", "failed")
    )
    eventually(lambda: [path.name for path in staydown.service.spool.folder.iterdir()], lambda left: left == ["id"])
    return found


@pytest.mark.parametrize("address", ["/v1/uploads", "/v1/match", "/v1/hash"])
def test_answer_in_the_end_is_that_of_a_smaller_video(
    eager: Staydown, staydown: Staydown, tmp_path: Path, address: str
) -> None:
    """A client reads one shape, however large the file was."""
    data = film(tmp_path, 100)
    job = ended(eager, ask(eager, address, data))
    fields = {"upload": json.dumps({"upload_id": "at once"})} if address == "/v1/uploads" else {}
    at_once = staydown.http.post(
        address, headers=staydown.headers(Role.PIPELINE), data=fields, files={"media": ("a", data)}
    )
    assert at_once.status_code == 200
    differing = {"upload", "index_version"}
    left_out = [
        {key: value for key, value in one.items() if key not in differing} for one in (job["answer"], at_once.json())
    ]
    assert left_out[0] == left_out[1]
    assert (job["state"], job["progress"], job["problem"]) == ("done", 1.0, None)


def test_check_takes_no_video_that_is_answered_later(eager: Staydown, tmp_path: Path) -> None:
    """202 is its word for "hold": a job's 202 would be read as that, and nothing would ever say more."""
    data = film(tmp_path, 105)
    refused = eager.http.post("/v1/check", headers=eager.headers(Role.PIPELINE), files={"media": ("a", data)})
    assert (refused.status_code, refused.json()["type"]) == (413, "urn:staydown:problem:too-large")
    assert "Ask POST /v1/match" in refused.json()["detail"]


def test_takedown_committed_while_a_video_waits_is_not_missed(eager: Staydown, tmp_path: Path) -> None:
    """A job asks when it is done, not when it was acknowledged."""
    data = film(tmp_path, 110, seconds=3)
    eager.take_down(data, nudity=True)
    answer = ended(eager, ask(eager, "/v1/uploads", data))["answer"]
    assert (answer["verdict"], answer["matches"][0]["strength"]) == ("block", "exact")


def test_long_video_is_looked_at_as_closely_as_a_short_one(eager: Staydown, tmp_path: Path) -> None:
    """Its scenes are asked for, too: a clip that was cropped does not slip through by being sent in a large file."""
    clip = panning(730, seconds=6)
    eager.take_down(write_video(tmp_path / "clip.mp4", clip, every=10).read_bytes(), nudity=True)
    posted = write_video(tmp_path / "posted.mp4", cropped(clip), every=10).read_bytes()
    answer = ended(eager, ask(eager, "/v1/uploads", posted))["answer"]
    assert (answer["verdict"], answer["matches"][0]["strength"]) == ("hold", "partial")


def test_bad_video_fails_with_its_problem(eager: Staydown, tmp_path: Path) -> None:
    """The same document the file would have been refused with, and nothing is kept of it."""
    job = ended(eager, ask(eager, "/v1/hash", film(tmp_path, 120)[:3000]))
    assert (job["state"], job["answer"]) == ("failed", None)
    assert (job["problem"]["status"], job["problem"]["type"]) == (422, "urn:staydown:problem:undecodable")


def test_pictures_and_bad_requests_are_answered_at_once(eager: Staydown, tmp_path: Path) -> None:
    """What can be told now is not put off."""
    data = film(tmp_path, 130)
    headers = eager.headers(Role.PIPELINE)
    for fields, status in (({"upload": "{}"}, 422), ({}, 422)):
        assert (
            eager.http.post("/v1/uploads", headers=headers, data=fields, files={"media": ("a", data)}).status_code
            == status
        )
    picture = eager.http.post("/v1/hash", headers=headers, files={"media": ("a", b"\xff\xd8\xff")})
    assert picture.status_code == 422


def test_repeat_under_the_same_key_names_the_same_job(eager: Staydown, tmp_path: Path) -> None:
    """A client that lost the acknowledgement does not have the work done twice."""
    data = film(tmp_path, 140)
    key = {"Idempotency-Key": "long"}
    first, again = (ask(eager, "/v1/hash", data, **key) for _ in range(2))
    assert first["job"] == again["job"]
    ended(eager, first)


def test_job_is_nobody_elses(eager: Staydown, tmp_path: Path) -> None:
    """Not even that it exists is told to another key."""
    job = ask(eager, "/v1/hash", film(tmp_path, 150))
    for role, name in ((Role.PIPELINE, "another"), (Role.ADMIN, "one")):
        response = eager.http.get(f"/v1/jobs/{job['job']}", headers=eager.headers(role, name))
        assert response.status_code == 404
    ended(eager, job)


def leave_job(service: Service, file: str) -> JobId:
    """Leave what a process leaves that is killed in the middle of a job."""
    with service.writing() as uow:
        job = Job(
            id=JobId(new_id("job", uow.now)),
            kind="uploads",
            actor=TESTER,
            fields={"upload_id": "left behind"},
            folder_id=service.spool.id,
            file=file,
            state=JobState.RUNNING,
            progress=0.5,
            created_at=uow.now,
        )
        uow.jobs.add(job)
    return job.id


def job_in(service: Service, job_id: JobId) -> Job:
    """Read a job from the record."""
    with service.reading() as uow:
        return uow.jobs.get(job_id)


def test_service_that_starts_again_goes_on_with_what_was_acknowledged(tmp_path: Path) -> None:
    """Nothing acknowledged is lost: the file lies in the data folder, the job in the record."""
    settings = settings_in(tmp_path, worker=False)
    prepare_empty(settings)
    with open_service(settings) as before:
        file = before.spool.receive()
        file.write(film(tmp_path, 160))
        job_id = leave_job(before, file.keep())
        file.close()
    with running(settings) as again:
        job = eventually(lambda: job_in(again.service, job_id), lambda one: one.finished_at is not None)
        assert (job.state, job.fields) == (JobState.DONE, {})
        with again.service.reading() as uow:
            assert "left behind" in uow.uploads.by_platform_ids(["left behind"])


def test_file_of_a_job_is_left_alone_and_one_of_none_is_erased(tmp_path: Path) -> None:
    """Killed between keeping a file and writing the job down: nobody was told anything."""
    settings = settings_in(tmp_path)
    prepare_empty(settings)
    with open_service(settings) as service:
        names = []
        for _ in range(2):
            file = service.spool.receive()
            file.write(film(tmp_path, 161, seconds=1))
            names.append(file.keep())
            file.close()
        leave_job(service, names[0])
        Maintenance(service).erase_files()
        assert sorted(path.name for path in service.spool.folder.iterdir()) == sorted([names[0], "id"])


def test_job_whose_file_is_gone_says_what_to_do(eager: Staydown) -> None:
    """Somebody emptied the folder: whoever waits is told, and sends it again."""
    job_id = leave_job(eager.service, "gone.kept")
    job = eventually(lambda: job_in(eager.service, job_id), lambda one: one.finished_at is not None)
    problem = json.loads(job.outcome)
    assert (job.state, problem["status"]) == (JobState.FAILED, 410)
    assert "send it again" in problem["detail"]


def test_shell_waits_for_a_long_video_and_shows_how_far_it_is(eager: Staydown, tmp_path: Path) -> None:
    """Over HTTP as here, a person sees a bar and then the answer."""
    desk, told = RemoteDesk(eager.client(Role.PIPELINE)), []
    film(tmp_path, 170)
    (tmp_path / "cut.mp4").write_bytes((tmp_path / "a.mp4").read_bytes()[:3000])
    assert desk.match(tmp_path / "a.mp4", told.append).verdict == "allow"
    assert told[-1] == 1.0
    with pytest.raises(FileRefusedError, match="cannot be decoded"):
        desk.match(tmp_path / "cut.mp4")


def test_report_of_a_long_video_is_answered_with_its_receipt(eager: Staydown, tmp_path: Path) -> None:
    """Nobody is sent away without the number and the secret that follow a report."""
    answer = eager.report(film(tmp_path, 30, seconds=1))
    assert answer["receipt"]["number"].startswith("SD-")
    assert answer["deadline"]
