"""`staydown compare`: are these two files the same picture or video, and how sure is that?"""

from pathlib import Path
from typing import Annotated

import typer

from api.bootstrap import open_sandbox
from api.cli.output import AsJson, counting_bar, write_json, write_line
from api.cli.side_by_side import side_by_side
from api.intake import HashedMedia, hash_file
from api.settings import Settings, read_settings
from matcher.evidence import Comparison, Evidence
from matcher.evidence import compare as lay_beside
from matcher.keyframes import REFERENCE, UPLOAD
from matcher.signals import signal_type
from matcher.video_evidence import VideoEvidence


def compare(
    original: Annotated[Path, typer.Argument(metavar="ORIGINAL", help="The picture or video that is known.")],
    other: Annotated[Path, typer.Argument(metavar="OTHER", help="The one that may be a copy of it.")],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="PICTURE", help="Write both, side by side, with the explanation.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """
    Lay two pictures or videos beside each other: what agrees, how far, when, and what that is worth.

    Nothing is stored, and no data folder is needed.

    For example:

        staydown compare original.jpg edited.jpg

        staydown compare original.jpg edited.jpg --out evidence.png

        staydown compare removed.mp4 upload.mp4
    """
    settings = read_settings()
    known, asked = _hash_both(settings, original, other)
    found = lay_beside(asked.query, known.signals)
    if out is not None and known.preview is not None and asked.preview is not None:
        side_by_side(known.preview, asked.preview, caption=_sentence(found)).save(out)
    if as_json:
        evidence = [one.as_record() for one in found.evidence]
        write_json(
            {
                "match": found.strength is not None,
                "strength": found.strength,
                "agreeing": found.agreeing,
                "explanation": found.explanation,
                "evidence": evidence,
                "picture": out,
            }
        )
        return
    for one in found.evidence:
        write_line(_line(one), style="green" if one.agrees else None)
    write_line(_sentence(found))
    if out is not None:
        write_line(f"Written: {out}")


def _hash_both(settings: Settings, original: Path, other: Path) -> tuple[HashedMedia, HashedMedia]:
    with open_sandbox(settings, workers=1) as sandbox, counting_bar("Hashing", total=2) as next_file:
        known, asked = (
            hash_file(sandbox, file, with_preview=True, pace=pace, progress=next_file())
            for file, pace in ((original, REFERENCE), (other, UPLOAD))
        )
    return known, asked


def _line(one: Evidence) -> str:
    if isinstance(one, VideoEvidence):
        frames = f"{one.frames} {'frame' if one.frames == 1 else 'frames'}"
        return f"{one.signal:9} distance {one.distance:3} of 256   threshold {one.threshold:2}   match in {frames}"
    distance = f"distance {one.distance:3} of {signal_type(one.signal).bits}"
    return f"{one.signal:9} {distance}   threshold {one.threshold:2}   {'match' if one.agrees else 'no'}"


def _sentence(found: Comparison) -> str:
    strength = "no match" if found.strength is None else found.strength.value
    return f"{strength}: {found.explanation}"
