"""`staydown compare`: are these two files the same picture or video, and how sure is that?"""

from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from api.bootstrap import image_limits, open_sandbox
from api.cli.captioned import captioned
from api.cli.files import damage_of
from api.media.hashing import HashedMedia, hash_file
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, counting_bar, write_json, write_line
from casework.domain.takedowns.explaining import explain
from matcher.comparing.comparison import Comparison
from matcher.comparing.files import beside, compare_hashed, draw_pictures
from matcher.comparing.hashes import HashEvidence
from matcher.comparing.parts import PartEvidence
from matcher.errors import MediaError
from matcher.hashing.features import Features
from matcher.local.evidence import LocalEvidence
from matcher.media import Pixels
from matcher.moments.evidence import VideoEvidence
from matcher.reading.containers import is_video
from matcher.reading.keyframes import QUERY, REFERENCE, Pace, Progress
from matcher.sandbox.media import MediaSandbox
from matcher.sandbox.pool import COMPARING, PICTURES
from matcher.signals import signal_type
from matcher.signals.local import NAME as LOCAL

_NAME_WIDTH = 9


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
    hashed, drawn = _compare(read_settings(), original, other, draw=out is not None)
    compared = compare_hashed(*hashed)
    found = compared.comparison
    if out is not None and drawn is not None:
        captioned(drawn, _sentence(found)).save(out)
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
    for file, media in zip((original, other), hashed, strict=True):
        if damage := damage_of(media.info):
            write_line(f"{file}: {damage}, of {media.info.duration_s:.1f} s")
    width = max(_NAME_WIDTH, len(LOCAL), *(len(one.signal) for one in found.evidence))
    for one in found.evidence:
        if one.signal != LOCAL and not isinstance(one, LocalEvidence):
            write_line(_line(one, width), style="green" if one.agrees else None)
    shown = any(one.signal == LOCAL for one in found.evidence)
    parts = "one picture shows too little to be found by its parts   no"
    if not compared.too_plain:
        parts = _parts(compared.local, shown=shown)
    write_line(f"{LOCAL:{width}} {parts}", style="green" if shown else None)
    write_line(_sentence(found))
    if out is not None:
        write_line(f"Written: {out}")


def _compare(
    settings: Settings, original: Path, other: Path, *, draw: bool
) -> tuple[tuple[HashedMedia, HashedMedia], Pixels | None]:
    """Hash both, as the service does with takedown and upload; and draw them beside each other, if that is asked."""
    moving = is_video(original) or is_video(other)
    with open_sandbox(settings, workers=1, module=COMPARING if draw else PICTURES) as sandbox:
        with counting_bar("Hashing", total=2) as next_file:
            known, asked = (
                _hash(sandbox, file, with_preview=draw and moving, features=features, pace=pace, progress=next_file())
                for file, features, pace in ((original, Features.STORED, REFERENCE), (other, Features.ASKED, QUERY))
            )
        if not draw:
            return (known, asked), None
        if known.preview is not None and asked.preview is not None:
            return (known, asked), sandbox.run(beside, known.preview, asked.preview)
        files = (original.read_bytes(), other.read_bytes())
        return (known, asked), sandbox.run(draw_pictures, *files, limits=image_limits(settings))


def _hash(
    sandbox: MediaSandbox, file: Path, *, with_preview: bool, features: Features, pace: Pace, progress: Progress
) -> HashedMedia:
    """
    Hash one of the two.

    Raises:
        CommandError: If it cannot be hashed, naming it.
    """
    try:
        hashed = hash_file(sandbox, file, with_preview=with_preview, features=features, pace=pace, progress=progress)
    except MediaError as error:
        message = f"{file}: {error}"
        raise CommandError(message) from error
    progress(1.0)
    return hashed


def _line(one: HashEvidence | VideoEvidence, width: int) -> str:
    if isinstance(one, VideoEvidence):
        bits, result = 256, f"match in {_counted(one.frames, 'frame')}"
    else:
        bits, result = signal_type(one.signal).bits, "match" if one.agrees else "no"
    distance = f"distance {one.distance:3} of {bits}"
    return f"{one.signal:{width}} {distance}   threshold {one.threshold:2}   {result}"


def _parts(one: PartEvidence | None, *, shown: bool) -> str:
    if one is None:
        return "nothing of one is seen in the other   no"
    if isinstance(one, VideoEvidence):
        seen = _counted(one.frames, "scene")
    else:
        seen = f"{one.inliers} keypoints, {one.coverage:.0%} of it seen, {one.agreement:.0%} of that agrees"
    return f"{seen}   {'match' if shown else 'no'}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"


def _sentence(found: Comparison) -> str:
    strength = "no match" if found.strength is None else found.strength.value
    return f"{strength}: {explain(found)}"
