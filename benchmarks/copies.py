"""
KNOWN_COPIES: pairs of photos in public data sets that show the same picture, found by this program and looked at.

They are neither copies to be found nor strangers to be kept apart. All are of Caltech 101: mirrored, cropped, re-toned
or captioned versions of one photograph or drawing. Photos of one series (motorcycles in one studio, in one pose) are
not among them, however alike: those are strangers.
"""

_PAIRS = (
    ("Leopards-image_0134", "Leopards-image_0034"),
    ("Leopards-image_0115", "Leopards-image_0015"),
    ("Leopards-image_0070", "Leopards-image_0170"),
    ("cougar_body-image_0002", "cougar_body-image_0033"),
    ("cougar_body-image_0035", "cougar_body-image_0033"),
    ("cougar_face-image_0066", "cougar_face-image_0061"),
    ("scorpion-image_0006", "scorpion-image_0072"),
    ("octopus-image_0001", "octopus-image_0005"),
    ("stop_sign-image_0036", "stop_sign-image_0050"),
    ("starfish-image_0079", "starfish-image_0013"),
    ("revolver-image_0019", "revolver-image_0018"),
    ("Motorbikes-image_0074", "Motorbikes-image_0117"),
)

KNOWN_COPIES: frozenset[frozenset[str]] = frozenset(
    frozenset(f"objects/{name}.jpg" for name in pair) for pair in _PAIRS
)
