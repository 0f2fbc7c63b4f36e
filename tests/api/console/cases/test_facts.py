"""The facts as a form: what is shown comes back as it was."""

import pytest

from api.console.cases.facts import PREFIX, fact_rows, sent_facts
from casework.domain.facts import FACT_FIELDS, Facts

EXAMPLES = [Facts(), Facts(nudity=True, context_assessed=False), Facts.from_mapping({"safety_risk": "high"})]


def sent_as_shown(facts: Facts) -> dict[str, object]:
    """Return what a browser sends of an untouched form."""
    form: dict[str, object] = {"facts": "on the page"}
    for row in fact_rows(facts):
        if row.choices:
            form[row.field] = row.value
        elif row.value:
            form[row.field] = "on"
    return form


@pytest.mark.parametrize("facts", EXAMPLES)
def test_untouched_form_changes_nothing(facts: Facts) -> None:
    """A decision sends all facts along."""
    assert sent_facts(sent_as_shown(facts), facts) == {}


def test_box_that_is_no_longer_ticked_is_a_change() -> None:
    """Browsers send nothing of it."""
    facts = Facts(nudity=True)
    form = sent_as_shown(facts)
    del form[f"{PREFIX}nudity"]
    assert sent_facts(form, facts) == {"nudity": False}


def test_form_without_facts_changes_none() -> None:
    """Other forms of the page have no boxes; that is no wish to untick all."""
    assert sent_facts({"text": "hello"}, Facts()) == {}


def test_every_fact_is_in_the_form_with_words() -> None:
    """A new fact of the policy needs a label here."""
    rows = fact_rows(Facts())
    assert [row.field for row in rows] == [PREFIX + name for name in FACT_FIELDS]
    assert all(row.label and row.help for row in rows)
