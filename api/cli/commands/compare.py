"""`staydown compare`: are these two files the same picture or video, and how sure is that?"""

from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from api.bootstrap import image_limits, open_sandbox
from api.cli.captioned import captioned
from api.media.hashing import HashedMedia, hash_file
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, counting_bar, write_json, write_line
from casework.domain.takedowns.explaining import explain
from matcher.comparing.comparison import Comparison, with_local
from matcher.comparing.comparison import compare as lay_beside
from matcher.comparing.files import Compared, beside, compare_pictures, too_plain
from matcher.comparing.hashes import HashEvidence
from matcher.comparing.part_search import find_parts
from matcher.comparing.parts import PartEvidence
from matcher.errors import MediaError
from matcher.hashing.features import Features
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence
from matcher.reading.containers import is_video
from matcher.reading.keyframes import QUERY, REFERENCE
from matcher.sandbox.media import MediaSandbox
from matcher.signals import signal_type, taken_types
from matcher.signals.local import NAME as LOCAL


def compare(
    original: Annotated[Path, typer.Argument(metavar="ORIGINAL", help="The picture or video that is known.")],
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="The one that may be a copy of it.")],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PICTURE",
            help="Draw both, with matched points, the outline of the copy and what differs; of videos, some frames.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Lay two pictures or videos onto each other: what agrees, how far, where, when, and what that is worth.

    Nothing is stored, and no data folder is needed.

    For example:

        staydown compare original.jpg edited.jpg

        staydown compare original.jpg edited.jpg --out evidence.png

        staydown compare removed.mp4 upload.mp4
    """
    if out is not None and out.suffix.lower() not in Image.registered_extensions():
        message = f"{out.name!r} names no kind of picture; give a name that ends in .png or .jpg"
        raise typer.BadParameter(message, param_hint="--out")
    compared = _compare(read_settings(), original, other, draw=out is not None)
    found = compared.comparison
    if out is not None and compared.drawn is not None:
        captioned(compared.drawn, _sentence(found)).save(out)
    if as_json:
        evidence = [one.as_record() for one in found.evidence]
        write_json(
            {
                "match": found.strength is not None,
                "strength": found.strength,
                "agreeing": found.agreeing,
                "explanation": explain(found),
                "evidence": evidence,
                "picture": out,
            }
        )
        return
    for one in found.evidence:
        if one.signal != LOCAL and not isinstance(one, LocalEvidence):
            write_line(_line(one), style="green" if one.agrees else None)
    shown = any(one.signal == LOCAL for one in found.evidence)
    write_line(_local_line(compared.local, shown=shown, too_plain=compared.too_plain), style="green" if shown else None)
    write_line(_sentence(found))
    if out is not None:
        write_line(f"Written: {out}")


def _compare(settings: Settings, original: Path, other: Path, *, draw: bool) -> Compared:
    with open_sandbox(settings, workers=1) as sandbox:
        if _is_moving(original, other):
            return _compare_moving(sandbox, original, other, draw=draw)
        known, asked = (_read(file, max_bytes=settings.max_image_bytes) for file in (original, other))
        return sandbox.run(
            compare_pictures,
            known,
            asked,
            limits=image_limits(settings),
            draw=draw,
            types=taken_types(settings.signals),
        )


def _compare_moving(sandbox: MediaSandbox, original: Path, other: Path, *, draw: bool) -> Compared:
    """Lay videos beside each other, or a picture beside a video: as the service does with takedown and upload."""
    hashed: list[HashedMedia] = []
    with counting_bar("Hashing", total=2) as next_file:
        for file, features, pace in ((original, Features.STORED, REFERENCE), (other, Features.ASKED, QUERY)):
            try:
                hashed.append(
                    hash_file(sandbox, file, with_preview=draw, features=features, pace=pace, progress=next_file())
                )
            except MediaError as error:
                message = f"{file}: {error}"
                raise CommandError(message) from error
    known, asked = hashed
    drawn = None
    if known.preview is not None and asked.preview is not None:
        drawn = sandbox.run(beside, known.preview, asked.preview)
    parts = find_parts(asked.query, known.signals)
    found = with_local(lay_beside(asked.query, known.signals), parts)
    return Compared(found, parts, too_plain=too_plain(asked.query, known.signals), drawn=drawn)


def _is_moving(original: Path, other: Path) -> bool:
    return is_video(original) or is_video(other)


def _read(file: Path, *, max_bytes: int) -> bytes:
    """Read a file, but of one that is too large only as much as shows it."""
    with file.open("rb") as opened:
        return opened.read(max_bytes + 1)


def _line(one: HashEvidence | VideoEvidence) -> str:
    if isinstance(one, VideoEvidence):
        frames = _counted(one.frames, "frame")
        return f"{one.signal:9} distance {one.distance:3} of 256   threshold {one.threshold:2}   match in {frames}"
    distance = f"distance {one.distance:3} of {signal_type(one.signal).bits}"
    return f"{one.signal:9} {distance}   threshold {one.threshold:2}   {'match' if one.agrees else 'no'}"


def _local_line(one: PartEvidence | None, *, shown: bool, too_plain: bool) -> str:
    if too_plain:
        return f"{LOCAL:9} one picture shows too little to be found by its parts   no"
    if one is None:
        return f"{LOCAL:9} nothing of one is seen in the other   no"
    if isinstance(one, VideoEvidence):
        seen = _counted(one.frames, "scene")
    else:
        seen = f"{one.inliers} keypoints, {one.coverage:.0%} of it seen, {one.agreement:.0%} of that agrees"
    return f"{LOCAL:9} {seen}   {'match' if shown else 'no'}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"


def _sentence(found: Comparison) -> str:
    strength = "no match" if found.strength is None else found.strength.value
    return f"{strength}: {explain(found)}"
