"""Hints name the place in the words, and leave harmless words alone."""

import pytest

from casework.domain.cases.hint import HintKind
from casework.domain.facts import Conduct
from casework.hints.kinds import HINT_KINDS
from casework.hints.reading import find_hints, looks_under_age, notices_about
from tests.casework.hints.harmless import HARMLESS
from tests.casework.hints.words_reported import REPORTED, Reported

POST = "content.post_text"


def hinted(text: str) -> list[tuple[str, str]]:
    """Return each hint's kind, and the words in the place it names."""
    found = find_hints({POST: text}, of_the_reporter={})
    assert {one.field for one in found} <= {POST}
    return [(one.kind.value, text[one.start : one.end]) for one in found]


@pytest.mark.parametrize("report", REPORTED, ids=[one.text[:40] for one in REPORTED])
def test_hints_name_the_place_in_a_report(report: Reported) -> None:
    """Who decides sees at once where the threat, the number or the password stands."""
    found = hinted(report.text)
    for kind, words in report.hints.items():
        assert any(kind == one and words in place for one, place in found), (kind, words, found)


def test_reports_in_words_are_of_every_kind() -> None:
    """A kind that no report shows would not be tried."""
    assert len(REPORTED) >= 30
    assert {kind for one in REPORTED for kind in one.hints} == {kind.value for kind in HintKind}
    assert {row.kind for row in HINT_KINDS} == set(HintKind)


def test_harmless_texts_are_left_alone() -> None:
    """A hint on everything is a hint on nothing: of 200 harmless posts at most four may have one."""
    with_hints = [text for text in HARMLESS if hinted(text)]
    assert (len(HARMLESS), len(set(HARMLESS))) == (200, 200)
    assert len(with_hints) <= 4, with_hints


@pytest.mark.parametrize(
    "text",
    [
        "Ｃａｌｌ her: +４４ ７７００ ９００１２３",
        "Ca\u200bll her: +44 7700\u200b 900123",
        "Cállé her: +44 7700 900123 é́é́",
    ],
    ids=["wide letters", "invisible characters", "accents"],
)
def test_letters_that_only_look_alike_hide_nothing(text: str) -> None:
    """The place is that of the text as it was written, however it was written."""
    (kind, place) = hinted(text)[0]
    assert (kind, place[0], place[-1] in "3３") == ("phone_number", text[text.index("her: ") + 5], True)


def test_reporters_own_number_is_no_hint_but_their_age_is() -> None:
    """How to reach a representative is no wrong; that somebody is a child changes what has to be done."""
    said = "I am her mother, call me on +44 7700 900123. She is 14 years old."
    found = find_hints({POST: None}, of_the_reporter={"reporter.authority_evidence": said})
    assert [(one.kind, one.field) for one in found] == [(HintKind.MINOR, "reporter.authority_evidence")]
    assert looks_under_age(found)


def test_words_that_look_like_another_conduct_are_said() -> None:
    """A threat that is reported as a picture waits for the wrong question."""
    threat = find_hints({POST: "Answer or I post the rest of your nudes"}, of_the_reporter={})
    assert notices_about(threat, Conduct.SHARED_MEDIA) == ("The text looks like a threat; conduct says shared media.",)
    assert notices_about(threat, Conduct.DEMAND_MONEY) == ()
    number = find_hints({POST: "pay or everyone gets this: call +44 7700 900123"}, of_the_reporter={})
    assert notices_about(number, Conduct.THREAT_TO_EXPOSE) == ()
