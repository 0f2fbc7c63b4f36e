"""A webhook is believed when it was signed, a short while ago, with the destination's secret; else never."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook
from staydown_client import WebhookError, verify_webhook

SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()
BODY = json.dumps({"type": "takedown.created", "timestamp": "2026-11-29T08:00:00+00:00", "data": {"takedown_id": "t"}})


def signed(body: str = BODY, *, age_s: int = 0, secret: str = SECRET) -> dict[str, str]:
    """Sign a webhook as the service does."""
    sent = datetime.now(UTC) - timedelta(seconds=age_s)
    return {
        "Webhook-Id": "evt_1",
        "Webhook-Timestamp": str(int(sent.timestamp())),
        "Webhook-Signature": "v1,AAAA " + Webhook(secret).sign("evt_1", sent, body),
    }


def test_signed_webhook_is_an_event() -> None:
    """With the id to act on once."""
    event = verify_webhook(BODY.encode(), signed(), SECRET)
    assert (event.id, event.type, event.data) == ("evt_1", "takedown.created", {"takedown_id": "t"})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY + " ", signed()),
        (BODY, signed(age_s=600)),
        (BODY, signed(secret="whsec_" + base64.b64encode(b"y" * 32).decode())),
        (BODY, {}),
        (BODY, {**signed(), "Webhook-Signature": "nonsense"}),
        (BODY, {**signed(), "Webhook-Id": "evt_2"}),
        (BODY, {**signed(), "Webhook-Timestamp": "now"}),
        ("[]", signed("[]")),
        ("{", signed("{")),
        (b"\xff", signed()),
    ],
)
def test_any_other_is_refused(body: str | bytes, headers: dict[str, str]) -> None:
    """Changed, old, another's, unsigned, odd, or no event at all: one error, which means 401."""
    with pytest.raises(WebhookError):
        verify_webhook(body, headers, SECRET)


@pytest.mark.parametrize("secret", ["", "whsec_", "not base64 at all!"])
def test_secret_that_is_none_believes_nobody(secret: str) -> None:
    """An empty setting must not be a key."""
    with pytest.raises(WebhookError):
        verify_webhook(BODY, signed(), secret)
