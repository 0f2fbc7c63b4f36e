"""
Named operating points: the distances and qualities at which signals count as agreeing. All inclusive.

Measured 2026-11-21 on 3,600 photographs (bsds500, Caltech 101 objects, clothing), each asked for in 16 variants
(8 orientations, each also with colours inverted) against all others of quality 50 or more, 12.9 million ordered pairs;
13 pairs that are mirrored copies of each other are left out. Copies: 125 of the bsds500 photographs, 18 edits (JPEG 30
and 10, half, quarter and double size, blur, noise 12, grey, brightness 1.3, contrast 0.7, gamma 0.7, mirrored, turned
by 90° and 180°, inverted, two frames, letterboxed), 2,250 in all.

                                             pdq/1   phash/1   both
    unrelated, as they are: nearest             38        36
    unrelated, best of 16 variants: nearest     38        36
    unrelated pairs within 31                    0         0      0
    copies: 90 % within                         18         8
    copies: 99 % within                         26        17
    copies within 31                        99.7 %    99.9 %  99.7 %

A 5 % crop is beyond both (6 % within 31): crops are for local features.
"""

PDQ_MAX_DISTANCE = 31
"""Bits of 256: the published operating point of PDQ (github facebook/ThreatExchange, pdq/README.md)."""

PHASH_MAX_DISTANCE = 31
"""
Bits of 256. No unrelated pair comes nearer than 36, and every copy that PDQ finds in the measurement above is
confirmed: a larger distance would confirm no more and take in strangers.
"""

MINIMUM_QUALITY = 50
"""PDQ quality, 0..100, from which its distance holds (same source). Below it, people look before anything happens."""

NEAR_FRAME_BITS = 16
"""
Median bits of 256 up to which frames that agree in order are the same recording. Over all pairs of 20 different clips,
10 of which show one person before one background, the smallest median is 19.
"""

LOCAL_WEIGHTS = (-1.05, -5.37, -1.75, 3.73, 6.91, 0.79, -9.66)
"""One for each of `matcher.local_score.MEASUREMENTS`, and a constant: the logit of a copy, were both as likely."""

LOCAL_WEAK = 0.0

LOCAL_PARTIAL = 2.5

LOCAL_NEAR = 5.0

LOCAL_NEAR_AGREEMENT = 0.9
"""Share of the blocks compared that must agree: what was added to a copy leaves it `PARTIAL`."""

LOCAL_NEAR_BLOCKS = 12

LOCAL_NEAR_SHARE = 0.3
"""Of the reference seen, or of the query covered: less is a part both may have in common."""
