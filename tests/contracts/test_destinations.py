"""A kind of destination is one file and one row: whatever else shows destinations follows from the table."""

from pathlib import Path
from typing import Any

import pytest

from casework.delivery import DESTINATIONS
from casework.delivery.options import SendOptions
from casework.domain.errors import TargetError
from tests.contracts.toys.programs import printed_by


@pytest.fixture(scope="module")
def third(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what the API says once a third kind stands in the table, and nothing else was written."""
    return printed_by("tests.contracts.toys.third_destination", tmp_path_factory.mktemp("third"))


def test_third_kind_is_accepted_by_its_own_field_and_shown(third: dict[str, Any]) -> None:
    """What is not shown as it was added cannot be checked by whoever added it."""
    assert (third["added"]["kind"], third["added"]["number"], third["added"]["url"]) == ("pager", "117", None)
    assert [(one["kind"], one["number"]) for one in third["listed"]] == [("pager", "117")]
    assert third["wrong"] == [422, [{"field": "number", "message": "a pager has a `number`, and no `path` or `url`"}]]


def test_third_kind_is_delivered_to_and_named_in_the_ledger(third: dict[str, Any]) -> None:
    """A takedown it was not told of would stay up there."""
    assert [(one["kind"], one["deliveries"]["delivered"]) for one in third["ledger"]["destinations"]] == [("pager", 1)]
    assert third["ledger"]["items"][0]["receipt"] == {"rung": True}


def test_third_kind_is_described_in_the_reference(third: dict[str, Any]) -> None:
    """Clients are generated from it."""
    assert third["reference"]["kind"]["enum"] == [*DESTINATIONS, "pager"]
    assert third["reference"]["number"]["description"] == "For a pager: digits."


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_kind_accepts_the_secret_it_makes(kind: str, tmp_path: Path) -> None:
    """A destination added without a secret gets one it can sign with, or none where nothing is signed."""
    row = DESTINATIONS[kind]
    row.check(row.target_field.example, row.make_secret(), options=SendOptions(export_folder=tmp_path))
    assert (row.make_secret() is None) == (row.signing is None)
    assert row.signing is None or row.credentials is None


@pytest.mark.parametrize("kind", DESTINATIONS)
def test_every_kind_refuses_an_empty_target(kind: str, tmp_path: Path) -> None:
    """It is refused before it is stored, not at the first delivery."""
    row = DESTINATIONS[kind]
    with pytest.raises(TargetError):
        row.check("", row.make_secret(), options=SendOptions(export_folder=tmp_path))
