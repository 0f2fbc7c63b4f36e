"""Named operating points: the distances and qualities at which signals count as agreeing. All inclusive."""

PDQ_MAX_DISTANCE = 31
"""Bits of 256: the published operating point of PDQ (github facebook/ThreatExchange, pdq/README.md)."""

PHASH_MAX_DISTANCE = 40
"""Bits of 256."""

MINIMUM_QUALITY = 50
"""PDQ quality, 0..100, from which that distance holds (same source). Below it, people look before anything happens."""
