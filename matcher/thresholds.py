"""
Named operating points: the distances and qualities at which signals count as agreeing. All inclusive.

Measured 2026-11-21 on 3,600 photographs (bsds500, Caltech 101 objects, clothing), each asked for in 16 variants
(8 orientations, each also with colours inverted) against all others of quality 50 or more, 12.9 million ordered pairs;
13 pairs that are mirrored copies of each other are left out. Copies: 125 of the photographs, 17 edits (JPEG 30 and 10,
half, quarter and double size, blur, noise 12, grey, brightness 1.3, contrast 0.7, gamma 0.7, mirrored, turned by 90°
and 180°, inverted, framed, letterboxed).

                                   pdq/1   phash/1
    unrelated, as they are: nearest   38        36
    unrelated, best of 16:  nearest   38        36
    copies without a frame: 99 %      31        22
    unrelated pairs within 31          0         0
"""

PDQ_MAX_DISTANCE = 31
"""Bits of 256: the published operating point of PDQ (github facebook/ThreatExchange, pdq/README.md)."""

PHASH_MAX_DISTANCE = 31
"""
Bits of 256. The most that no unrelated pair came near (their nearest: 36). At 31 the second signal confirms every copy
that PDQ finds among the edits above but for 1 % of the framed ones; up to 64 it would confirm no more of them.
"""

MINIMUM_QUALITY = 50
"""PDQ quality, 0..100, from which its distance holds (same source). Below it, people look before anything happens."""
