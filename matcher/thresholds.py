"""
Named operating points: the distances, votes and shares at which signals count as agreeing. All inclusive.

Each stands here once, for the matcher and for the code that uses it, beside what was measured to choose it. Numbers
that only say how a method works, such as the size of a block, stay beside the method.

PDQ and pHash were measured 2026-11-21 on 3,600 photographs (bsds500, Caltech 101 objects, clothing), each asked for in
16 variants (8 orientations, each also with colours inverted) against all others of quality 50 or more, 12.9 million
ordered pairs; 13 pairs that are mirrored copies of each other are left out. Copies: 125 of the bsds500 photographs, 18
edits (JPEG 30 and 10, half, quarter and double size, blur, noise 12, grey, brightness 1.3, contrast 0.7, gamma 0.7,
mirrored, turned by 90° and 180°, inverted, two frames, letterboxed), 2,250 in all.

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

IMAGEHASH_PHASH_MAX_DISTANCE = 4
"""
Bits of 64. The field often takes 10 (N. Krawetz, "Looks Like It", hackerfactor.com 2011): with 16 variants asked for,
that is a stranger in every 12,600 pairs. Measured 2026-11-28 on the photographs above (3,598 of quality 50 or more,
12.9 million ordered pairs, best of 16 variants, 26 mirrored copies left out), and on 125 photographs in 11 edits:

    bits                        2          4          6          8         10
    imagehash-phash/1
        strangers, one in   3,200,000    404,000    127,000     38,000     12,600
        copies                95.2 %     98.9 %     99.8 %     99.9 %      100 %
    imagehash-dhash/1
        strangers, one in   1,290,000    350,000     67,000     14,200      3,000
        copies                94.8 %     99.3 %     99.9 %     99.9 %      100 %

Even 4 bits bring one stranger for each picture that is asked of a bank of some 400,000: a hint, never an opinion.
"""

IMAGEHASH_DHASH_MAX_DISTANCE = 4
"""Bits of 64; see above."""

MINIMUM_QUALITY = 50
"""PDQ quality, 0..100, from which its distance holds (same source). Below it, people look before anything happens."""

NEAR_DESCRIPTOR_BITS = 72
"""Bits of 256 by which two descriptors of one place may differ. What is further apart does not vote."""

VOTE_FADES_BITS = 45.0
"""
A vote of two descriptors weighs exp(-(bits / 45)²), in an index and without one: at 72 bits a thirteenth. The numbers
of votes below were measured with it.
"""

SCREEN_PEAK = 200.0
"""
Power of a peak of a picture's spectrum over the geometric mean of what surrounds it, from which it is the raster of a
print or a screen. Of 784 photographs (bsds500, clothing, objects) half stay below 7, 99 % below 116, three reach 200;
of 24 photographs each printed in dots 3 to 6 pixels apart, or dithered, the least is 303.
"""

SUSPICIOUS_VOTES = 1.2
"""
Votes that agree on one similarity from which an indexed reference is a candidate. Less is chance: half of the wrong
candidates have less than 1, and of 592 edited copies only one had. Looking among the stored signals of 600 strangers,
none reaches it and 95 % of the copies do; asking for 2.0 loses 0.2 points, for 4.0 1.3
(benchmarks/results/2026-11-21/local-lookback.json).
"""

LIKELY_VOTES = 4.0
"""Votes from which it is a copy in all likelihood: of 120 photographs no stranger passes 1.5, 40 of 42 crops pass 9."""

SCENE_VOTES = 2.0
"""
Votes from which a scene is compared where no index is asked. Of 164 pairs of scenes of cropped, captioned and inset
clips none has fewer than 18; of 4,698 pairs of strangers 86 % have fewer than 2.
"""

MINIMUM_INLIERS = 8
"""Keypoints that must agree on one map: up to this many agree on some affine map by chance. Fewer are not stored."""

FEWEST_INLIERS = 5
"""Keypoints that may do where they are nearly the same, as in a small crop: only a similarity is fitted to them."""

FEW_INLIERS_TRUST = 3.0
"""
Trust in fewer than `MINIMUM_INLIERS` from which they do, a pair counting exp(-(bits / 40)²): five of 28 bits. Chosen on
crops to 10 % of 24 photographs of bsds500 that are not of the honest half: of those it leaves none has 2.8.
"""

FEW_INLIERS_SEEN = 64
"""
How many of the reference's keypoints should be seen at most where fewer than `MINIMUM_INLIERS` may do: they are for
small crops, which hold no more. Of 180 crops to 15 and to 10 % of 60 photographs of bsds500 that are not of the honest
half ten leave so few, of 6 to 35. Of six wrong candidates of 281 copies with so few each should show 233 to 256, and
one of them was shown: five keypoints, a minaret as small as a thumbnail in a paused player.
"""

LOCAL_WEIGHTS = (0.277, -6.717, -12.692, 2.482, 3.363, 0.998, 1.21, -7.958)
"""
One for each of `matcher.local.score.MEASUREMENTS`, and a constant: the logit of a copy, were both as likely.

Fitted, like the three points below, by `python -m benchmarks calibrate --bank bsds500 --negatives clothing --shared
objects` on one half of 40 photographs in 74 edits and of 1,850 photographs that are no copies, every wrong candidate of
any question among the strangers (benchmarks/results/2026-11-21/calibrate.json). Of the other half:

                                      weak     partial    near
    copies that align at all          99.7 %   99.3 %     94.8 %      of 1,472 (by score alone)
    best strangers of a question      8        0          0           of 773 that align, 925 asked

The highest stranger of both halves reaches 1.5: two motorcycles of one make in one studio, painted differently; photos
that merely have a frame, a product's outline or a horizon in common stay below 0.
"""

BENT_WEIGHTS = (2.25, -5.21, -6.35, 6.69, 2.76, 0.71, 3.25, -27.64)
"""
The same for a reference that was bent to fit, one for each of `matcher.local.score.BENT_MEASUREMENTS`, and a constant;
compared with the same points, `LOCAL_PARTIAL` being the most it comes to. A mesh makes look-alikes look more alike, so
the weights above do not hold: motorcycles in one studio reach 3.7 by them.

Fitted 2026-11-29 on one half of 24 photographs of bsds500, bent in 8 ways (barrel and cushion lenses, waves, a swirl,
curled paper, a mesh pulled about), and of the wrong candidates of 1,850 strangers in a bank of 1,750 (bsds500, objects)
that a mesh could be laid onto. Of the other half:

    copies that reach 2.5                      94 %    of 80 (barrel lens of 30 %: 60 %; all but two of the others)
    highest strangers                          0.1     of 170 that a mesh fits; of the fitting half 0.4
"""

BENT_INLIERS = 24
"""Keypoints that must agree on a flat map before a mesh is laid over it: half of the strangers have fewer."""

BENT_BITS = 52.0
"""
Mean bits of 256 by which these may differ: of bent copies 90 % are within 43, half of the strangers with as many
keypoints are beyond 58. To lay a mesh over all of these would make verification half as slow again. At 48 two of 96
copies under any two edits are lost that 52 finds.
"""

SECOND_LOOK_WEIGHTS = (2.5, -3.22, -19.48, 1.64, 12.88, 1.66, -11.92)
"""
The same for a reference that lies exactly (`SECOND_LOOK_MISS`) though too few of its blocks agree, one for each of
`matcher.local.score.SECOND_LOOK_MEASUREMENTS`, and a constant; compared with the same points, `LOCAL_PARTIAL` being
the most it comes to.

Fitted 2026-11-29 on 16 photographs of bsds500 that are not of the honest half in 32 edits (blends, collages, captions,
small crops, any two) and on the wrong candidates of 1,850 strangers in a bank of 1,750 (bsds500, objects), all within a
miss of 0.5 (benchmarks/results/2026-11-29/second-look.json). Within `SECOND_LOOK_MISS`:

    copies refused that reach 2.5              14 of 18
    highest strangers                          -2.2, -2.7, -3.3     of 79, 3,100 asked, half of the banked changed
"""

SECOND_LOOK_MISS = 0.4
"""
Median miss of the keypoints, as `Alignment.miss` has it, up to which a second look is worth it. Photographs of one
studio, which pixels do not tell apart, lie beyond it: one pair at 0.45 and 0.60, all others beyond 0.6.
"""

BEST_MISS = 0.36
BEST_MISS_AN_OCTAVE = 1.5
BEST_MISS_INLIERS = 48
"""
Up to which lower quartile of the misses (`Alignment.best_miss`), so much added for each octave that they lie apart, a
second look is worth it too, and how many keypoints must agree then: where another picture is mixed in.

Chosen 2026-11-30 on 281 copies under any two edits and in blends at 45 %, of 56 photographs of bsds500 that are not of
the honest half, and on 592 of 1,850 strangers in a bank of 1,750 (bsds500, objects): it shows 11 of the 46 copies that
were refused. Asked afterwards, the rule fixed:

    copies refused, 60 more photographs        9 of 25 blends, 0 of 39 under any two edits
    strangers                                  none of the 1,258 others, of the 1,750 banked without themselves, of the
                                               1,850 cut, mirrored or resized
    nearest the weights would show             0.53 (motorcycles), 0.44 (watches, mirrored); of the 592 0.40, 0.42

Two photographs turned alike, whose black corners are the same, lie within 0.15: the weights refuse them, at 1.0.
"""

BENT_SECOND_LOOK_WEIGHTS = (-19.8, 11.7, -16.8)
"""
The same for a reference that was bent to fit and whose blocks are too few or too changed for `BENT_WEIGHTS`, one for
each of `matcher.local.score.BENT_SECOND_LOOK_MEASUREMENTS`, and a constant. Only of what has a peak of
`BENT_SECOND_LOOK_PEAK`; a miss below `SECOND_LOOK_MISS` counts as that.

Fitted 2026-11-29 on 24 photographs of bsds500 that are not of the honest half, bent in 8 ways, and on 24 of them in any
two edits, against the wrong candidates of these and of 328 strangers in a bank of 1,750 (bsds500, objects), most of
them motorcycles of one studio, whole and cut; the constant leaves the highest of these at 0. How many keypoints agree
says nothing here: of the motorcycles up to 172 do. But they lie within a miss of 0.57 of no mesh.

    copies refused that reach 2.5              13 of 45 that a mesh fits (small crops among them)
    highest strangers                          0.0, -0.9, -1.5     of 107; -2.2 of 15 more of 442 asked afterwards
"""

BENT_SECOND_LOOK_PEAK = 0.25
"""
Height of the peak of fine correlation, as `matcher.local.peak.Peak` has it. Of the copies found so none is below 0.31;
without it 2 of these 122 strangers would be shown, photographs of aeroplanes with 0.01 and 0.07.
"""

BENT_SHIFT = 0.0015
"""
Share of the reference's longer side by which the agreeing keypoints of what is called bent are shifted, the median. Of
8 copies that nobody had bent and a mesh fits better none reaches 0.001; of 2 that were bent the least has 0.0019.
"""

LOCAL_PLAUSIBLE = -8.0
"""From here on a squeezed candidate is laid straight and looked at again. Not fitted: 4 in 5 strangers stay below."""

LOCAL_WEAK = -1.8
"""1 % of the strangers that align reach it. It is not shown to anybody; it says what was nearly a match."""

LOCAL_PARTIAL = 2.5
"""
Shown to a person. Two and a half above what 0.1 % of the strangers of the fitting half reach: strangers grow rarer by
about e with each, so this is room for a bank ten times as large. At 3.0 one collage in six is lost.
"""

LOCAL_NEAR = 4.9
"""
Five above the highest stranger of the fitting half. Near takes more than a score: see the four below. A reference that
is a repeated pattern is not even shown below it: bricks agree with bricks.
"""

LOCAL_INNER_AGREEMENT = 0.2
"""Share of the blocks inside the outermost that must agree to be more than `WEAK`: 1,469 of 1,470 edited copies do."""

LOCAL_NEAR_AGREEMENT = 0.95
"""Share of the blocks compared that must agree: what was added to a copy leaves it `PARTIAL`."""

LOCAL_NEAR_BLOCKS = 12
"""How many blocks must be compared at least: fewer are a corner of a picture."""

LOCAL_NEAR_SHARE = 0.3
"""Of the reference seen, or of the query covered: less is a part both may have in common."""

LOCAL_CHANGED = 0.05
"""
Share of a copy's blocks in one patch of others from which it is no more than `PARTIAL`, whatever its hashes say: one
template with another text, a censored part. 5 photographs each in 27 edits that both hashes find: no recompressed,
resized, noisy or re-toned copy reaches it but one of five blurred by 4 pixels and two with doubled contrast; captions
and censored parts all do, and so do memes of one template.
"""

LOCAL_OWN_AGREEMENT = 0.3
"""
Share of the blocks outside of a reference's common parts that must agree to be more than `WEAK`. Of pictures that share
an app's frame, a caption card or a logo with it none reaches 0.25, of edited copies none is below 0.45.
"""

COMMON_LEAST_HOLE = 0.25
"""
Share of the blocks compared in which a stranger must show something else, in one patch, before it says that the rest is
common: an app's screens and caption cards with another photo leave 0.3 and more. Below lie captions and censor bars.
"""

COMMON_MOST = 0.75
"""Share of a reference that may be common at most: of a picture that all of is everywhere, nothing is left out."""

COMMON_FROM = 5
"""Strangers' pictures and other references that must share a part before it is common. Chosen, not measured."""

COMMON_FROM_DISMISSED = 2
"""The same of copies a reviewer said are none: a person looked at each. Chosen, not measured."""

WHOLE_SHARE = 0.9
"""
Share (0..1) of a query that is the reference from which it counts as nothing else: what is left is a frame or a title.
Chosen, not measured.
"""

FEWEST_FRAMES = 2
"""Frames of two videos that must agree in order: at the pace of a query the shortest clips met show no more."""

SHARED_BY = 3
"""References with frames in common from which these say little of each: two may begin alike. Chosen, not measured."""

SMALL_SHARE = 0.5
"""Share (0..1) of both videos below which an agreement may be a title in common with others. Chosen, not measured."""

NEAR_FRAME_BITS = 16
"""
Median bits of 256 up to which frames that agree in order are the same recording. Over all pairs of 20 different clips,
10 of which show one person before one background, the smallest median is 19.
"""

LOOSE_FRAME_BITS = 48
"""
Bits of 256 up to which a frame at the edge of a stretch of video may belong to it, where no other frame of the
reference around is more like it. Pieces of 2 s of 10 clips, each set between pieces of another that shows the same
person before the same background, 90 pairs: 11 reach more than 1 s too far without this, 11 with 48, 12 with 64, 17
with 80. Of 288 between pieces of strangers none does. Measured 2026-11-21.
"""
