"""
KNOWN_COPIES: pairs of photos in public data sets that show the same picture, found by this program and looked at.

They are neither copies to be found nor strangers to be kept apart. Most are of Caltech 101: mirrored, cropped, re-toned
or captioned versions of one photograph, variants of one drawing; one is in both sets. Photos of one series (motorcycles
in one studio, in one pose) and things of one design (banknotes, watches) are not among them, however alike: those are
strangers.
"""

_PAIRS = (
    *((f"Leopards-image_{n:04}", f"Leopards-image_{n + 100:04}") for n in range(1, 101)),  # mirrored, all of them
    ("bonsai-image_0012", "bonsai-image_0114"),
    ("butterfly-image_0001", "butterfly-image_0017"),
    ("butterfly-image_0001", "butterfly-image_0031"),
    ("butterfly-image_0017", "butterfly-image_0031"),
    ("cougar_body-image_0002", "cougar_body-image_0033"),
    ("cougar_body-image_0002", "cougar_body-image_0035"),
    ("cougar_body-image_0035", "cougar_body-image_0033"),
    ("cougar_face-image_0012", "cougar_face-image_0064"),
    ("cougar_face-image_0024", "cougar_face-image_0037"),
    ("cougar_face-image_0061", "cougar_face-image_0037"),
    ("cougar_face-image_0066", "cougar_face-image_0037"),
    ("cougar_face-image_0066", "cougar_face-image_0061"),
    ("crocodile_head-image_0043", "crocodile-image_0046"),
    ("flamingo-image_0014", "flamingo_head-image_0006"),
    ("hawksbill-image_0011", "hawksbill-image_0007"),
    ("hedgehog-image_0011", "hedgehog-image_0019"),
    ("inline_skate-image_0027", "inline_skate-image_0030"),
    ("menorah-image_0019", "menorah-image_0069"),
    ("metronome-image_0003", "metronome-image_0004"),
    ("Motorbikes-image_0074", "Motorbikes-image_0117"),
    ("nautilus-image_0011", "nautilus-image_0025"),
    ("octopus-image_0001", "octopus-image_0003"),
    ("octopus-image_0001", "octopus-image_0005"),
    ("octopus-image_0005", "octopus-image_0003"),
    ("pizza-image_0026", "pizza-image_0019"),
    ("revolver-image_0019", "revolver-image_0018"),
    ("revolver-image_0064", "revolver-image_0029"),
    ("scorpion-image_0006", "scorpion-image_0072"),
    ("snoopy-image_0013", "snoopy-image_0014"),
    ("stapler-image_0039", "stapler-image_0038"),
    ("starfish-image_0079", "starfish-image_0013"),
    ("stop_sign-image_0036", "stop_sign-image_0050"),
    ("sunflower-image_0051", "sunflower-image_0071"),
)

_ACROSS = (
    ("objects/Leopards-image_0009.jpg", "bsds500/134008.jpg"),
    ("objects/Leopards-image_0109.jpg", "bsds500/134008.jpg"),
)

KNOWN_COPIES: frozenset[frozenset[str]] = frozenset(
    frozenset(pair) for pair in (*(tuple(f"objects/{name}.jpg" for name in pair) for pair in _PAIRS), *_ACROSS)
)
