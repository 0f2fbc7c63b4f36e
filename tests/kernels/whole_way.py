"""The way of a picture through every kernel: hashed, banked, found again, compared. In any process, checked or not."""

import cv2
import numpy as np
from PIL import Image

from index.hashes.tables.shard import Shard
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.comparing.files import compare_hashed, draw_pictures
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.local.evidence import examine
from matcher.local.views import view
from matcher.reading.decode import Limits
from matcher.signals.local import LocalFeatures
from matcher.strength import Strength
from tests.helpers.media.patterns import checkered, dithered, dotted, halftoned
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture


def printed() -> dict[str, np.ndarray]:
    """Return pictures made of dots, by name: those that show something first, then those that are a pattern alone."""
    shown = cv2.cvtColor(texture(5, width=320, height=240), cv2.COLOR_RGB2GRAY)
    return {
        "halftone": halftoned(shown),
        "fine halftone": halftoned(shown, 3, 45),
        "dither": dithered(shown),
        "dithered shade": dithered(np.full((240, 320), 90, np.uint8)),
        "checkerboard, 1 px": checkered(240, 320, 1),
        "checkerboard, 2 px": checkered(240, 320, 2),
        "dots": dotted(240, 320),
    }


SHOW_SOMETHING = ("halftone", "fine halftone", "dither")


def hashed(data: bytes) -> HashedImage:
    """Take everything that is taken of a picture, as `hash --deep` and an upload do."""
    return hash_media(data, limits=Limits(), features=Features.STORED | Features.ASKED)


def go_the_whole_way() -> None:
    """
    Bank all, then look for each.

    Raises:
        AssertionError: If one is not found by its hashes; or, where it shows something, as a JPEG by its parts.
    """
    pictures = {name: Image.fromarray(grey) for name, grey in printed().items()}
    banked = [hashed(encoded(picture, "PNG")) for picture in pictures.values()]
    values = [{signal.type: signal.value for signal in one.signals} for one in banked]
    # A pattern alone may have too few keypoints to keep any: it is found by its hashes.
    known = {i: LocalFeatures.from_bytes(value["local/1"]) for i, value in enumerate(values) if "local/1" in value}
    parts = LocalPart.build([NewReference(number, 1, features) for number, features in known.items()])
    codes = np.array([np.frombuffer(value["pdq/1"], np.uint8) for value in values])
    shard = Shard.build(codes, np.arange(len(codes)), into=(np.empty_like(codes), np.empty(len(codes), np.int64)))
    for number, (name, picture) in enumerate(pictures.items()):
        png, jpeg = encoded(picture, "PNG"), encoded(picture, quality=70)
        hits, _ = shard.search(codes[number : number + 1], 31)
        assert number in hits.item_ids, f"{name} is not found by its hash"
        assert compare_hashed(banked[number], hashed(png)).comparison.strength is not None, name
        copy = hashed(jpeg)
        asked = copy.query.features
        assert asked is not None
        found = [
            (candidate.item_id, evidence.strength)
            for candidate in LocalSearcher(version=1, growing=(parts,)).candidates(asked)
            if (evidence := examine(asked, view(asked, candidate.form), known[candidate.item_id], candidate.pairs))
        ]
        compared = compare_hashed(banked[number], copy)
        draw_pictures(png, jpeg, limits=Limits())
        if name in SHOW_SOMETHING:
            assert (number, Strength.NEAR) in found, name
            assert compared.comparison.strength == Strength.NEAR, name
