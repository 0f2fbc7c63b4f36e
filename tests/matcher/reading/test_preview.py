"""What a moderator sees is reduced and carries nothing of the file but its pixels."""

import io

from PIL import Image as PillowImage

from matcher.reading.decode import Limits, decode
from matcher.reading.preview import encode_preview
from tests.helpers.media.pictures import encoded, photo


def shown(data: bytes, side_px: int) -> PillowImage.Image:
    """Make a preview and open it."""
    image = decode(data, limits=Limits(), working_side_px=side_px)
    return PillowImage.open(io.BytesIO(encode_preview(image, side_px=side_px)))


def test_preview_is_reduced_and_never_enlarged():
    """As little media as possible is kept."""
    assert shown(encoded(photo(1)), 256).size == (256, 171)
    assert shown(encoded(photo(1)), 1024).size == (480, 320)
    assert shown(encoded(photo(1, width=2000, height=1000)), 1024).size == (1024, 512)


def test_preview_carries_no_metadata():
    """A place, a camera's number or an embedded thumbnail of the uncropped picture would be a leak."""
    exif = PillowImage.Exif()
    exif[0x010F] = "a camera"
    preview = shown(encoded(photo(1), exif=exif, comment=b"a secret"), 256)
    assert not preview.getexif()
    assert set(preview.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
