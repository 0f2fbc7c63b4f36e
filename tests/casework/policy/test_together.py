"""Deciding many at once: what is shared, whose post is apart, and how many are looked at."""

import pytest

from casework.domain.errors import FactsError
from casework.domain.facts import FACT_FIELDS, Conduct, Facts
from casework.policy.inheritance import MEDIA_FACTS, POST_FACTS, inherit
from casework.policy.together import SampleTerms, shared

COPY = inherit(Facts())
INTIMATE = inherit(Facts(nudity=True))
ASSESSED = {"context_assessed": True}


def test_every_fact_is_the_medias_or_the_posts() -> None:
    """A fact in neither set would be decided once for all, or asked of each, by accident."""
    assert set(FACT_FIELDS) == MEDIA_FACTS | POST_FACTS
    assert not MEDIA_FACTS & POST_FACTS


def test_what_is_said_of_all_is_recorded_for_each() -> None:
    """A group is decided once."""
    found = shared(COPY, ASSESSED, of_match=True)
    assert (found.facts, found.why_apart) == (COPY.with_changes(ASSESSED), None)
    assert found.recommendation.rule == found.of_group.rule == "R21"


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"newsworthy_event": True}, "R18"),
        ({"crisis_help": True, "safety_risk": "high"}, "R19"),
        ({"mainstream_news": True}, "R17"),
        ({"permission_evidence": "confirmed_by_subject"}, "R03"),
        ({"permission_evidence": "claimed_by_poster"}, "R20"),
    ],
)
def test_a_post_with_another_recommendation_is_apart(known: dict[str, object], rule: str) -> None:
    """And says by which fact, whatever is said of all."""
    own = COPY.with_changes(known)
    found = shared(own, ASSESSED, of_match=True)
    assert (found.recommendation.rule, found.of_group.rule) == (rule, "R21")
    assert f"({rule}), for the others REMOVE (R21)" in (found.why_apart or "")
    assert all(name in (found.why_apart or "") for name in known)


def test_saying_otherwise_of_all_does_not_change_what_is_known_of_one() -> None:
    """The exemption belongs to the post."""
    own = COPY.with_changes({"newsworthy_event": True})
    found = shared(own, {**ASSESSED, "newsworthy_event": False}, of_match=True)
    assert found.facts.newsworthy_event
    assert found.why_apart is not None


def test_what_changes_no_recommendation_keeps_nobody_apart() -> None:
    """Intimate media has no exemption: news or not, it is removed."""
    found = shared(INTIMATE.with_changes({"newsworthy_event": True}), {}, of_match=True)
    assert (found.recommendation.rule, found.why_apart) == ("R07", None)


def test_facts_of_the_media_are_said_of_all() -> None:
    """What one sees of a copy one sees of all."""
    found = shared(COPY, {"nudity": True}, of_match=True)
    assert (found.facts.nudity, found.recommendation.rule, found.why_apart) == (True, "R07", None)


def test_a_report_is_decided_on_what_it_says() -> None:
    """Each report is its own: what it says of its post is no exception from others."""
    threat = Facts(conduct=Conduct.THREAT_TO_EXPOSE)
    found = shared(threat, {}, of_match=False)
    assert (found.facts, found.why_apart, found.recommendation.rule) == (threat, None, "R01")
    news = Facts(newsworthy_event=True)
    assert shared(news, {}, of_match=False).why_apart is None
    assert shared(news, {"newsworthy_event": False}, of_match=False).why_apart is not None


def test_what_is_no_fact_is_refused() -> None:
    """A misspelt fact must not be dropped."""
    with pytest.raises(FactsError):
        shared(COPY, {"nuditty": True}, of_match=True)


@pytest.mark.parametrize(
    ("of_takedown", "together", "needed"),
    [(50, 50, 0), (51, 51, 3), (2, 51, 2), (60, 500, 3)],
)
def test_more_than_the_limit_are_looked_at_first(of_takedown: int, together: int, needed: int) -> None:
    """The limit itself is inclusive; of few copies all are looked at."""
    terms = SampleTerms(above=50, size=3)
    assert terms.needed(of_takedown=of_takedown, together=together) == needed
    assert SampleTerms(above=50, size=0).needed(of_takedown=of_takedown, together=together) == 0
