"""Signing in with an identity provider of another site, in a real browser."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.api.console.scenarios.desk import open_desk
from tests.helpers.counterparts.oidc_provider import CLIENT_ID, CLIENT_SECRET, provider


def test_person_who_comes_back_from_another_site_is_signed_in(browser: Browser, tmp_path: Path) -> None:
    """A browser sends no strict cookie along where another site led to; the page they wanted is shown all the same."""
    with (
        provider() as known,
        open_desk(
            tmp_path,
            oidc_issuer=known.issuer,
            oidc_client_id=CLIENT_ID,
            oidc_client_secret=CLIENT_SECRET,
            oidc_roles="trust=moderator",
            oidc_label="Example ID",
        ) as desk,
    ):
        known.who = {"sub": "7", "name": "Alex of the provider", "groups": ["trust"]}
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{desk.url.replace('127.0.0.1', 'localhost')}/console?order=newest")
        page.get_by_role("link", name="Sign in with Example ID").click()
        expect(page.get_by_role("heading", name="What waits to be decided")).to_be_visible()
        expect(page.get_by_text("Alex of the provider")).to_be_visible()
        assert page.url.endswith("/console?order=newest")
        context.close()
