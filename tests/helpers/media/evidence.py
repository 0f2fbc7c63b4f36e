"""What two videos have in common, as a comparison would tell it."""

from matcher.moments.evidence import VideoEvidence

VIDEO = VideoEvidence(
    signal="video/1",
    query_span_s=(12.2, 17.4),
    reference_span_s=(0.0, 5.0),
    frames=5,
    distance=6,
    threshold=31,
    second_opinion=1.0,
    query_share=0.1,
    reference_share=0.5,
    speed=1.0,
    query_quality=100,
    reference_quality=100,
    transformation="as is",
    stretches=1,
)
"""Five seconds of a removed video, in the midst of an upload."""
