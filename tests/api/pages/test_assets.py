"""Static files: kept by browsers for as long as they stay the same, and never longer."""

import pytest
from fastapi.testclient import TestClient

from api.pages.assets import assets


def test_a_file_is_kept_under_the_address_of_its_content(pages: TestClient) -> None:
    """A page that is opened all day loads its style once."""
    answered = pages.get(assets().address("pages/base.css"))
    assert answered.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answered.headers["cache-control"]


def test_a_file_under_another_address_is_not_kept(pages: TestClient) -> None:
    """While two versions run side by side, the style of one must not stay under the address of the other."""
    answered = pages.get("/assets/0000000000000000/pages/base.css")
    assert answered.status_code == 200
    assert answered.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["pages/../../settings.py", "pages/nothing.css", "..%2f..%2fapp.py", ""])
def test_nothing_but_static_files_is_answered(pages: TestClient, name: str) -> None:
    """The source folder is not served."""
    assert pages.get(f"/assets/{assets().digest}/{name}").status_code == 404


def test_a_name_that_no_file_has_is_an_error_in_a_template() -> None:
    """A page without its style is noticed when it is written."""
    with pytest.raises(KeyError):
        assets().address("pages/missing.css")
