"""What is wanted of a picture beside its hashes; keypoints cost several times what the hashes do."""

from enum import Flag, auto


class Features(Flag):
    """
    Which local features are taken.

    Attributes:
        NONE: None.

        STORED: Those that are stored: the signal `local/1`.

        ASKED: Those that are searched with: many more, and the reduced picture to verify on.
    """

    NONE = 0
    STORED = auto()
    ASKED = auto()
