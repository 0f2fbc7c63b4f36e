"""A browser takes the hashes that the server would take of the same file, and tells nobody what it saw."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from fastapi import Depends, FastAPI, Response
from PIL import Image, ImageCms
from playwright.sync_api import Browser

from api.http.auth import Open
from api.pages import assets
from api.pages.headers import PageHeaders
from matcher.hashing.pictures import first_of_each_type, hash_media
from matcher.reading.decode import Limits
from tests.helpers.media.pictures import encoded, photo
from tests.helpers.running.servers import served

ORIENTATION = 0x0112
FORMATS = ("JPEG", "PNG", "WEBP")
TOLERATED_BITS = 8
"""Of a radius of 31: codecs round differently, and the server decodes a large JPEG at a smaller scale."""

HASH = """async ({ worker, limits }) => {
  const file = document.querySelector("input").files[0];
  window.hashing ??= new Worker(worker, { type: "module" });
  return await new Promise((resolve, reject) => {
    window.hashing.onmessage = ({ data }) => resolve(data);
    window.hashing.onerror = ({ message }) => reject(new Error(message));
    window.hashing.postMessage({ id: 1, file, limits });
  });
}"""

OnDevice = Callable[..., dict]


@pytest.fixture(scope="module")
def hash_on_device(browser: Browser) -> Iterator[OnDevice]:
    """Open a page with nothing but a field for files; what is returned hashes bytes by the worker, as pages do."""
    app = FastAPI()
    app.add_middleware(PageHeaders)
    app.include_router(assets.router)

    @app.get("/report", dependencies=[Depends(Open("a test"))])
    def blank() -> Response:
        return Response("<!doctype html><title>blank</title><input type=file>", media_type="text/html")

    with served(app) as server:
        page = browser.new_page()
        page.goto(f"{server.url}/report")

        def hashed(data: bytes, *, most_bytes: int = 50_000_000, most_pixels: int = 100_000_000) -> dict:
            page.set_input_files("input", {"name": "x", "mimeType": "application/octet-stream", "buffer": data})
            worker = assets.assets().address("public/hashing/worker.js")
            asked = {"worker": worker, "limits": {"bytes": most_bytes, "pixels": most_pixels}}
            return page.evaluate(HASH, asked)

        hashed.page = page
        yield hashed
        page.close()


def distances(here: dict, data: bytes) -> dict[str, int]:
    """Count the bits by which a browser's hashes of a file are away from the server's; qualities are equal."""
    assert "problem" not in here, here
    there = {one.type: one for one in first_of_each_type(hash_media(data, limits=Limits()).signals)}
    found = {one["type"]: one for one in here["signals"]}
    assert found["pdq/1"]["quality"] == there["pdq/1"].quality
    values = {name: (int(one["value"], 16), int(there[name].value.hex(), 16)) for name, one in found.items()}
    return {name: (mine ^ theirs).bit_count() for name, (mine, theirs) in values.items()}


def held(picture: Image.Image, orientation: int, kind: str) -> bytes:
    """Encode a picture as a camera does that was held this way."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return encoded(picture, kind, exif=exif, **({} if kind == "PNG" else {"quality": 88}))


@pytest.mark.parametrize("kind", FORMATS)
def test_hashes_are_the_servers(hash_on_device: OnDevice, kind: str) -> None:
    """However the camera was held: what is banked by its hashes is found by the file, and the other way round."""
    for seed in range(8):
        data = held(photo(4200 + seed, width=600 + 31 * seed, height=500), seed + 1, kind)
        away = distances(hash_on_device(data), data)
        assert away["sha256/1"] == 0
        assert max(away.values()) <= TOLERATED_BITS, (seed, away)


def test_hashes_of_thirty_real_photos_are_the_servers(hash_on_device: OnDevice, shared_data: Path) -> None:
    """Generated pictures are smooth; photos are not."""
    photos = sorted((shared_data / "photos").rglob("*.jpg"))
    for place, path in enumerate(Random(16).sample(photos, 30)):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        if place % 10 == 0:  # as large as what is reduced first
            picture = picture.resize((1400, round(1400 * picture.height / picture.width)), Image.Resampling.BICUBIC)
        kind = FORMATS[place % len(FORMATS)]
        data = held(picture, place % 8 + 1, kind)
        away = distances(hash_on_device(data), data)
        assert max(away.values()) <= TOLERATED_BITS, (path.name, kind, away)


def test_picture_of_twelve_megapixels_is_hashed_band_by_band(hash_on_device: OnDevice) -> None:
    """What a telephone makes; no more than a few of its rows lie in memory as pixels."""
    data = encoded(photo(4210).resize((4000, 3000)), quality=85)
    here = hash_on_device(data)
    assert (here["width"], here["height"]) == (4000, 3000)
    assert max(distances(here, data).values()) <= TOLERATED_BITS


def see_through() -> bytes:
    """Make a picture that fades from nothing to itself."""
    picture = photo(4211).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    return encoded(picture, "PNG")


def other_colours() -> bytes:
    """Make a picture whose profile exchanges red and blue, which no program may look at before hashing."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return encoded(photo(4212), quality=90, icc_profile=bytes(profile))


def turned_by_xmp() -> bytes:
    """Make a JPEG whose orientation is said in XMP alone, as some editors do."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    return encoded(photo(4213), quality=90, xmp=xmp)


ODD = {
    "transparency is shown on white": see_through,
    "a colour profile is ignored": other_colours,
    "an orientation in XMP counts": turned_by_xmp,
    "the first frame of an animation": lambda: encoded(
        photo(4214).quantize(), "GIF", save_all=True, append_images=[photo(4215).quantize()]
    ),
    "greys": lambda: encoded(photo(4216).convert("L"), quality=90),
    "a palette": lambda: encoded(photo(4217).quantize(), "PNG"),
    "a bitmap": lambda: encoded(photo(4218), "BMP"),
    "AVIF": lambda: encoded(photo(4219), "AVIF"),
    "smaller than what is hashed": lambda: encoded(photo(4220, width=50, height=37), "PNG"),
    "no more than a few pixels": lambda: encoded(photo(4221, width=4, height=4), "PNG"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_pictures_are_hashed_alike(hash_on_device: OnDevice, case: str) -> None:
    """Each of these looks different in some program."""
    data = ODD[case]()
    assert max(distances(hash_on_device(data), data).values()) <= TOLERATED_BITS


def test_file_that_cannot_be_hashed_says_why(hash_on_device: OnDevice) -> None:
    """A hash of half a picture, or of none, would find nothing, and nobody would know."""
    whole = encoded(photo(4222), "PNG")
    assert hash_on_device(b"")["problem"] == "empty"
    assert hash_on_device(b"no picture at all")["problem"] == "not-a-picture"
    assert hash_on_device(whole[: len(whole) // 2])["problem"] == "undecodable"
    assert hash_on_device(whole, most_bytes=len(whole) - 1)["problem"] == "too-large"
    assert hash_on_device(whole, most_pixels=480 * 320 - 1)["problem"] == "too-many-pixels"


def test_browser_that_disguises_pictures_is_noticed(hash_on_device: OnDevice, browser: Browser) -> None:
    """Against being told apart, some answer with noise where a page reads pixels: the hash would be of the noise."""
    hash_on_device(encoded(photo(4223), "PNG"))
    (worker,) = hash_on_device.page.workers
    worker.evaluate("""() => {
      const read = OffscreenCanvasRenderingContext2D.prototype.getImageData;
      self.restore = () => { OffscreenCanvasRenderingContext2D.prototype.getImageData = read; };
      OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...area) {
        const pixels = read.apply(this, area);
        pixels.data.fill(255);
        return pixels;
      };
    }""")
    try:
        assert hash_on_device(encoded(photo(4223), "PNG"))["problem"] == "disguised"
    finally:
        worker.evaluate("() => self.restore()")


def test_worker_has_no_way_out(hash_on_device: OnDevice) -> None:
    """Even if it wanted to send the picture, the browser would refuse: its headers allow scripts alone."""
    hash_on_device(encoded(photo(4224), "PNG"))
    (worker,) = hash_on_device.page.workers
    assert worker.evaluate("() => fetch('/report').then(() => 'reached', () => 'refused')") == "refused"
