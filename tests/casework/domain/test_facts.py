"""Facts: what comes in is what the policy knows, or is refused by name."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.domain.errors import FactsError, FactValueError, UnknownFactError
from casework.domain.facts import FACT_FIELDS, Authority, Conduct, Facts, Reporter

POLICY = json.loads((Path(__file__).parents[1] / "policy" / "policy_cases.json").read_text(encoding="utf-8"))
SEEDED = settings(deadline=None, derandomize=True)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)


def test_facts_have_the_names_values_and_defaults_of_the_policy() -> None:
    """The same words are used in reports, forms, stored decisions and the policy."""
    known = {field.name: {"values": list(field.values), "default": field.default} for field in FACT_FIELDS.values()}

    assert known == POLICY["facts"]
    assert list(known) == list(POLICY["facts"])


def test_every_fact_is_described_in_one_sentence() -> None:
    """The description is shown in the API's documentation and beside the console's forms."""
    for field in FACT_FIELDS.values():
        assert field.description.endswith("."), field.name
        assert field.description.count(". ") == 0, field.name


@pytest.mark.parametrize("name", list(FACT_FIELDS))
def test_every_accepted_value_survives_being_stored(name: str) -> None:
    """Decisions keep the facts they saw; what is read back must be what was seen."""
    for value in FACT_FIELDS[name].values:
        facts = Facts.from_mapping({name: value})

        stored = json.loads(json.dumps(facts.to_mapping()))

        assert stored[name] == value
        assert type(getattr(facts, name)) is type(FACT_FIELDS[name].default)
        assert Facts.from_mapping(stored) == facts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("nudity", 1),
        ("nudity", "true"),
        ("crisis_help", "yes"),
        ("harass_purpose", None),
        ("conduct", True),
        ("conduct", "SHARED_MEDIA"),
        ("conduct", ["shared_media"]),
        ("safety_risk", 2),
        ("authority", {}),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(name: str, value: object) -> None:
    """A "yes" read as true, or a 1 read as true, would decide a case by accident."""
    with pytest.raises(FactValueError, match=f"^{name}: must be ") as raised:
        Facts.from_mapping({name: value})

    assert [problem.field for problem in raised.value.errors] == [name]
    assert raised.value.errors[0].message == f"must be {FACT_FIELDS[name].accepted}, not {value!r}"


def test_an_unknown_fact_is_refused_and_the_known_are_named() -> None:
    """A misspelt fact must not pass as one left out: the case would be decided on its default."""
    with pytest.raises(UnknownFactError, match=r"^nudty: there is no such fact; the facts are conduct, .*safety_risk$"):
        Facts.from_mapping({"nudty": True})


def test_all_problems_are_reported_at_once() -> None:
    """Whoever fills in a form wants every mistake shown, not the first one over and over."""
    with pytest.raises(UnknownFactError) as raised:
        Facts.from_mapping({"nudity": "yes", "hat": True, "conduct": "shared_media", "reporter": "nobody"})

    assert [problem.field for problem in raised.value.errors] == ["nudity", "hat", "reporter"]


def test_a_long_value_is_cut_in_the_message() -> None:
    """A megabyte sent as a fact must not come back in an error or land in a log."""
    with pytest.raises(FactValueError) as raised:
        Facts.from_mapping({"conduct": "x" * 1_000_000})

    assert len(str(raised.value)) < 300


@SEEDED
@given(st.dictionaries(st.sampled_from(sorted(FACT_FIELDS)) | st.text(max_size=20), JSON_VALUES, max_size=6))
def test_any_json_object_gives_facts_or_a_named_problem(mapping: dict[str, object]) -> None:
    """No input may crash the intake of a report."""
    wrong = [name for name, value in mapping.items() if name not in FACT_FIELDS or not FACT_FIELDS[name].accepts(value)]
    if not wrong:
        assert Facts.from_mapping(mapping).to_mapping() == Facts().to_mapping() | mapping
        return
    with pytest.raises(FactsError) as raised:
        Facts.from_mapping(mapping)
    assert [problem.field for problem in raised.value.errors] == wrong


def test_changes_leave_the_other_facts_as_they_were() -> None:
    """A moderator who corrects one fact must not reset what a colleague found out."""
    facts = Facts(conduct=Conduct.PRIVATE_INFO, nudity=True)

    assert facts.with_changes({"nudity": False}) == Facts(conduct=Conduct.PRIVATE_INFO)
    assert facts == Facts(conduct=Conduct.PRIVATE_INFO, nudity=True)


@pytest.mark.parametrize(
    ("reporter", "authority", "valid"),
    [
        (Reporter.SUBJECT, Authority.NOT_APPLICABLE, True),
        (Reporter.SUBJECT, Authority.UNVERIFIED, True),
        (Reporter.AUTHORISED_REPRESENTATIVE, Authority.VERIFIED, True),
        (Reporter.AUTHORISED_REPRESENTATIVE, Authority.UNVERIFIED, False),
        (Reporter.AUTHORISED_REPRESENTATIVE, Authority.NOT_APPLICABLE, False),
        (Reporter.THIRD_PARTY, Authority.VERIFIED, False),
        (Reporter.NONE, Authority.VERIFIED, False),
    ],
)
def test_only_the_person_depicted_or_a_verified_representative_reports_validly(
    reporter: Reporter, authority: Authority, valid: bool
) -> None:
    """Nobody else can say that there was no permission."""
    assert Facts(reporter=reporter, authority=authority).report_is_valid is valid
