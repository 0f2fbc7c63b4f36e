"""Webhooks as Staydown sends them (Standard Webhooks 1.0): believed once their signature was verified."""

import json
from collections.abc import Mapping

from staydown_client.answers import Event
from staydown_client.errors import WebhookError

_ID = "webhook-id"


def verify_webhook(body: bytes | str, headers: Mapping[str, str], secret: str) -> Event:
    """
    Verify a webhook, and read it.

    Args:
        body: As it came, byte for byte: not parsed and written again.

        headers: Of the request; upper and lower case are the same.

        secret: ``"whsec_…"``, as the destination was made with.

    Returns:
        The event. It may come more than once: act on each `Event.id` once.

    Raises:
        WebhookError: If it was not signed with this secret, is older than five minutes, or no event.
    """
    from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

    given = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(secret).verify(body, given, json_parse=False)
    except (WebhookVerificationError, EmptyWebhookSecretError, ValueError) as error:
        message = f"this webhook is not to be believed: {error}"
        raise WebhookError(message) from error
    try:
        return Event.of({"id": given[_ID], **json.loads(body)})
    except (ValueError, KeyError, TypeError) as error:
        message = "this webhook was signed, but is no event of Staydown's"
        raise WebhookError(message) from error
