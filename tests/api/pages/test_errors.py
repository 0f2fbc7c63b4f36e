"""What goes wrong on a page is said on a page."""

from fastapi.testclient import TestClient


def test_an_error_on_a_page_is_a_page_with_the_apis_words(pages: TestClient) -> None:
    """A moderator is not shown JSON, and reads what is wrong and what to do."""
    answered = pages.get("/console/refuses")
    assert answered.status_code == 409
    assert answered.headers["content-type"].startswith("text/html")
    assert "Not possible in this state" in answered.text
    assert "case &lt;b&gt;1&lt;/b&gt; is decided; only an open case can be worked on" in answered.text


def test_an_error_of_the_api_stays_json(pages: TestClient) -> None:
    """Programs read problem documents."""
    assert pages.get("/v1/refuses").json()["title"] == "Not possible in this state"


def test_a_script_of_a_page_is_answered_json(pages: TestClient) -> None:
    """It shows the sentence where it stands."""
    answered = pages.get("/console/refuses", headers={"Accept": "application/json"})
    assert answered.json()["status"] == 409


def test_a_bug_on_a_page_tells_nothing_of_itself(pages: TestClient) -> None:
    """Details go to the log."""
    answered = pages.get("/console/fails")
    assert answered.status_code == 500
    assert answered.headers["content-type"].startswith("text/html")
    assert "secret" not in answered.text


def test_an_unknown_address_below_a_page_is_a_page(pages: TestClient) -> None:
    """With a way back."""
    answered = pages.get("/console/nowhere")
    assert answered.status_code == 404
    assert 'href="/console"' in answered.text
