"""What the demo's table says of an answer."""

import pytest

from api.demo.photos import Photo
from api.demo.platform import AnsweredUpload
from api.schemas.media import MatchOut
from api.schemas.uploads import UploadAnswer

PARTS = {"signal": "local/1", "inliers": 57}


def hashed(signal: str, distance: int) -> dict[str, str | int]:
    """Return evidence of a hash, as the service answers it."""
    return {"signal": signal, "distance": distance, "threshold": 31}


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ([hashed("sha256/1", 0), hashed("pdq/1", 2), hashed("phash/1", 31), PARTS], "pdq 2, phash 31"),
        ([hashed("pdq/1", 34), hashed("phash/1", 30), PARTS], "phash 30, 57 keypoints"),
        ([hashed("pdq/1", 34), hashed("phash/1", 40), PARTS], "57 keypoints"),
        ([hashed("pdq/1", 34)], "–"),
    ],
)
def test_only_what_agrees_is_called_so(evidence: list[dict[str, str | int]], said: str) -> None:
    """A distance beyond the threshold, beside `block`, would look like a threshold that does not hold."""
    match = MatchOut(takedown_id="tkd_1", strength="near", verdict="block", evidence=evidence)
    answer = UploadAnswer.model_construct(verdict="block", matches=[match])
    assert AnsweredUpload(Photo("a copy", b""), "block", answer, 0.1).agreement() == said
