"""What a kind of destination says of itself: which field of a request names its target, and how it is described."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TargetField:
    """
    The field of a request that says where to send.

    Args:
        name: As the API calls it: ``"url"``; two kinds may share one.

        max_length: In characters.

        description: For the API's reference.

        example: One that could be used.
    """

    name: str
    max_length: int
    description: str
    example: str
