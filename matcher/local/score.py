"""
How sure alignment and pixels make us: seven measurements, one logit, three thresholds; others for bent copies, and for
those that lie exactly and are refused.

A logistic regression, fitted by `benchmarks/copies/calibrate.py` on copies made by every edit and on the best wrong
candidates of photos that are no copies, product photos of one series among them. To be `NEAR` it is not enough to be
sure that the pixels are the reference's: nearly all that is compared must agree, and a large part of either picture
must be seen, so that a template with another text or a photo of the same scene is shown to a person, not acted upon. A
frame, a logo or an app's bars around another picture are not even that: inside, nothing agrees.

Invariant: pure, and in this order of measurements; a calibration is void when one changes.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from matcher import thresholds
from matcher.local.alignment import Alignment
from matcher.local.overlap import Overlap
from matcher.local.peak import fine_peak
from matcher.signals.points.keypoints import Grey
from matcher.strength import Strength

MEASUREMENTS: Final = (
    "log inliers",
    "log miss",
    "bits",
    "log agreeing blocks",
    "agreement",
    "log share found",
    "log equal blocks",
)


BENT_MEASUREMENTS: Final = (
    "log inliers",
    "log miss",
    "bits",
    "mean correlation inside",
    "log share found",
    "log equal blocks",
    "log blocks compared",
)


SECOND_LOOK_MEASUREMENTS: Final = (
    "log inliers",
    "log miss",
    "bits",
    "log share found",
    "peak of fine correlation",
    "log pixels compared",
)


BENT_SECOND_LOOK_MEASUREMENTS: Final = ("log miss", "mean correlation inside")


def measurements(alignment: Alignment, overlap: Overlap) -> npt.NDArray[np.float64]:
    """Return what the score is made of, float64, shape (7,), in the order of `MEASUREMENTS`."""
    return np.array(
        [
            np.log(alignment.inliers),
            np.log(alignment.miss + 0.1),
            alignment.bits / 64,
            np.log1p(overlap.agreeing),
            overlap.agreement,
            np.log(alignment.inliers / max(alignment.visible, alignment.inliers)),
            np.log1p(overlap.equal),
        ]
    )


def bent_measurements(alignment: Alignment, overlap: Overlap) -> npt.NDArray[np.float64]:
    """Return what the score of a bent copy is made of, float64, shape (7,), in the order of `BENT_MEASUREMENTS`."""
    inliers, miss, bits, _, _, share, equal = measurements(alignment, overlap)
    return np.array([inliers, miss, bits, overlap.inner_correlation, share, equal, np.log1p(overlap.compared)])


def score(alignment: Alignment, overlap: Overlap) -> float:
    """Return the logit that this is a copy."""
    if alignment.bend is not None:
        *weights, constant = thresholds.BENT_WEIGHTS
        return float(bent_measurements(alignment, overlap) @ np.array(weights)) + constant
    *weights, constant = thresholds.LOCAL_WEIGHTS
    return float(measurements(alignment, overlap) @ np.array(weights)) + constant


def second_look(alignment: Alignment, overlap: Overlap, thumbnail: Grey) -> float | None:
    """
    Return the logit that a copy was refused for what lies over it, by how much better pixels fit here than beside.

    Where another picture, text or noise is mixed into every block, few agree; but what is left of the reference fits
    best exactly where the keypoints say. It is asked of what lies exactly alone, all of it or the best of much:
    look-alikes do not. A mesh never lies as exactly as a plane, so what was bent may lie a little further off, the less
    the better its blocks agree.

    Returns:
        None where it is not worth asking.
    """
    if alignment.bend is not None:
        return _second_look_at_bent(alignment, overlap, thumbnail)
    if alignment.miss > thresholds.SECOND_LOOK_MISS and not _its_best_lies_exactly(alignment):
        return None
    fit = fine_peak(thumbnail, overlap)
    inliers, miss, bits, _, _, share, _ = measurements(alignment, overlap)
    *weights, constant = thresholds.SECOND_LOOK_WEIGHTS
    values = np.array([inliers, miss, bits, share, fit.height, np.log(max(fit.pixels, 1))])
    return float(values @ np.array(weights)) + constant


def _its_best_lies_exactly(alignment: Alignment) -> bool:
    """Tell whether much was found, and the best of it lies exactly: the rest may be another picture's."""
    off = alignment.best_miss + thresholds.BEST_MISS_AN_OCTAVE * alignment.octaves_apart
    return alignment.inliers >= thresholds.BEST_MISS_INLIERS and off <= thresholds.BEST_MISS


def _second_look_at_bent(alignment: Alignment, overlap: Overlap, thumbnail: Grey) -> float | None:
    if fine_peak(thumbnail, overlap).height < thresholds.BENT_SECOND_LOOK_PEAK:
        return None
    # A mesh over few keypoints comes as near to them as it likes: that says no more than what a plane comes to.
    miss = max(alignment.miss, thresholds.SECOND_LOOK_MISS)
    *weights, constant = thresholds.BENT_SECOND_LOOK_WEIGHTS
    return float(np.array([np.log(miss + 0.1), overlap.inner_correlation]) @ np.array(weights)) + constant


def strength(
    logit: float, overlap: Overlap, *, share_of_query: float, repeats: bool, for_people: bool = False
) -> Strength | None:
    """
    Say what a score is worth.

    Args:
        logit: From `score`.

        overlap: How the pixels compare.

        share_of_query: Part of the query the reference covers, 0..1.

        repeats: Whether the reference is a repeated pattern.

        for_people: Whether it was bent to fit or found by a second look: for a person to look at, however sure.
    """
    if logit < thresholds.LOCAL_WEAK:
        return None
    shown_from = thresholds.LOCAL_NEAR if repeats else thresholds.LOCAL_PARTIAL
    if logit < shown_from or overlap.inner_agreement < thresholds.LOCAL_INNER_AGREEMENT:
        return Strength.WEAK
    agrees = overlap.agreement >= thresholds.LOCAL_NEAR_AGREEMENT and overlap.compared >= thresholds.LOCAL_NEAR_BLOCKS
    large = max(overlap.coverage, share_of_query) >= thresholds.LOCAL_NEAR_SHARE
    sure = logit >= thresholds.LOCAL_NEAR and agrees and large and not repeats and not for_people
    return Strength.NEAR if sure else Strength.PARTIAL
