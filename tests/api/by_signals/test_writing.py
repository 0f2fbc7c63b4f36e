"""The compiled writer and the schemas write the same of the same answers."""

import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields as fields_of
from pydantic import BaseModel

from api.by_signals import writing
from api.by_signals.reading import Asked, Reader
from api.schemas.media import MatchOut, MediaInfo, SignalOut
from api.schemas.uploads import BatchAnswer, BatchItemAnswer, MatchAnswer, UploadAnswer
from api.views.matches import batch_answer, match_answer
from casework.domain.banking import HashAction
from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, TakedownId
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.automation.verdict import NO_MATCH
from casework.policy.engine import recommend
from casework.steps.finding.judging import Asked as AskedOfPolicy
from casework.steps.finding.judging import Judged
from casework.steps.finding.matching import Answer
from matcher.comparing.comparison import Comparison
from matcher.comparing.hashes import HashEvidence
from matcher.strength import Strength

READER = Reader({"pdq/1", "phash/1", "sha256/1"})

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
qualities = st.none() | st.integers(0, 100)
evidence = st.builds(
    HashEvidence,
    signal=st.sampled_from(["pdq/1", "phash/1", "sha256/1"]),
    distance=st.integers(0, 256),
    threshold=st.integers(0, 256),
    query_quality=qualities,
    reference_quality=qualities,
    transformation=words,
)
matches = st.builds(
    Match,
    takedown_id=words,
    case_id=words,
    media_id=words,
    strength=st.sampled_from(Strength),
    agreeing=st.integers(0, 3),
    evidence=st.lists(evidence, max_size=3).map(tuple),
    explanation=words,
    verdict=st.sampled_from(Verdict),
    rule=words,
    reason=words,
    confirmed_by=st.none(),
    dismissed_by=st.none(),
)


TAKEDOWN = Takedown(
    TakedownId("tkd_1"),
    CaseId("case_1"),
    DecisionId("dec_1"),
    TakedownState.ACTIVE,
    HashAction.BANK_CONTEXT_FREE,
    datetime(2026, 1, 1, tzinfo=UTC),
)


def judged(match: Match) -> Judged:
    """Return a match as a question finds it."""
    comparison = Comparison(match.evidence, match.strength, match.agreeing, grounds=match.evidence)
    said = recommend(Facts())
    asked = AskedOfPolicy(said, said.policy, protected=False, claimed=False)
    return Judged(match, NO_MATCH, comparison, asked, TAKEDOWN)


answers = st.builds(
    Answer,
    verdict=st.sampled_from(Verdict),
    judged=st.lists(matches.map(judged), max_size=3).map(tuple),
    opens_case=st.booleans(),
    index_version=st.just(812),
    complete=st.booleans(),
)
signals = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["pdq/1", "phash/1", "sha256/1"]),
        "value": st.binary(min_size=32, max_size=32)
        .map(bytes.hex)
        .flatmap(lambda value: st.sampled_from([value, value.upper()])),
        "quality": qualities,
    }
)


def asked(body: object, *, batch: bool = False) -> Asked:
    """Read a body."""
    sent = json.dumps(body).encode()
    read = READER.batch(sent) if batch else READER.question(sent)
    assert read is not None
    return read


@given(answer=answers, sent=st.lists(signals, min_size=1, max_size=4))
def test_an_answer_is_written_as_the_schema_writes_it(answer: Answer, sent: list) -> None:
    """Names, values and their order: a client must not notice who answered."""
    question = asked({"signals": sent})
    schema = match_answer(answer, media=None, signals=question.signals(0), trusted=True).model_dump_json()
    written = writing.write_answers(question, [answer])
    assert json.loads(written, object_pairs_hook=list) == json.loads(schema, object_pairs_hook=list)


@given(found=st.lists(st.tuples(words, answers), min_size=1, max_size=5))
def test_a_batch_is_written_as_the_schema_writes_it(found: list[tuple[str, Answer]]) -> None:
    """The same of many."""
    of_each = [{"type": "pdq/1", "value": "ab" * 32}]
    question = asked({"items": [{"id": name, "signals": of_each} for name, _ in found]}, batch=True)
    each = [one for _, one in found]
    schema = batch_answer([name for name, _ in found], each, index_version=812, trusted=True).model_dump_json()
    written = writing.write_answers(question, each)
    assert json.loads(written, object_pairs_hook=list) == json.loads(schema, object_pairs_hook=list)


@pytest.mark.parametrize(
    ("struct", "schema"),
    [
        (writing.SignalWritten, SignalOut),
        (writing.MatchWritten, MatchOut),
        (writing.AnswerWritten, MatchAnswer),
        (writing.ItemWritten, BatchItemAnswer),
        (writing.BatchWritten, BatchAnswer),
        (writing.MediaWritten, MediaInfo),
        (writing.RegisteredWritten, UploadAnswer),
    ],
)
def test_the_writer_has_the_fields_of_the_schema(struct: type, schema: type[BaseModel]) -> None:
    """A field that is added to an answer is added here too."""
    assert sorted(one.name for one in fields_of(struct)) == sorted(schema.model_fields)


def test_nothing_of_a_match_is_left_out_by_both() -> None:
    """Both would agree on forgetting a field; what is not shown is named here."""
    hidden = {"media_id", "confirmed_by", "dismissed_by"}
    assert {one.name for one in fields(Match)} - set(MatchOut.model_fields) == hidden
