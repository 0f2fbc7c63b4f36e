"""`staydown hash`: the signals of files."""

from typing import Annotated

import typer

from api.cli.files import FileResult, Files, damage_of, end_with, hash_files
from api.media.hashing import HashedMedia
from api.schemas.media import exchanged
from api.settings import read_settings
from api.shell.output import AsJson, write_json, write_line
from matcher.hashing.features import Features
from matcher.hashing.pictures import first_of_each_type
from matcher.media import MediaInfo, VideoInfo
from matcher.signals import signal_type

Deep = Annotated[bool, typer.Option("--deep", help="Local features, too: what finds crops, screenshots and collages.")]

_NAME_WIDTH = 9


def hash_command(files: Files, *, deep: Deep = False, as_json: AsJson = False) -> None:
    """
    Print every signal of each file. Nothing is stored, and no data folder is needed.

    For example:

        staydown hash photo.jpg

        staydown hash --json *.jpg > signals.json

        staydown hash --deep --json photo.jpg
    """
    results = hash_files(read_settings(), files, features=Features.STORED if deep else Features.NONE)
    if as_json:
        write_json([_record(result) for result in results])
    else:
        for result in results:
            _print(result)
    end_with(results)


def _record(result: FileResult[HashedMedia]) -> dict[str, object]:
    if result.value is None:
        return {"file": result.file, "error": result.error}
    info = result.value.info
    media: dict[str, object] = {
        "kind": info.kind,
        "format": info.format,
        "width": info.width_px,
        "height": info.height_px,
    }
    if info.duration_s is not None:
        media |= {"duration_s": info.duration_s, "seen_s": info.seen_s}
    if isinstance(info, VideoInfo):
        media["codec"] = info.codec
    return {
        "file": result.file,
        "media": media,
        "signals": exchanged(result.value.signals),
    }


def _print(result: FileResult[HashedMedia]) -> None:
    if result.value is None:
        return
    info = result.value.info
    write_line(f"{result.file}  {info.format} {info.width_px}×{info.height_px}{_length(info)}")
    signals = first_of_each_type(result.value.signals)
    width = max(_NAME_WIDTH, *(len(signal.type) for signal in signals))
    for signal in signals:
        quality = "" if signal.quality is None else f"  quality {signal.quality}"
        write_line(f"  {signal.type:{width}} {signal_type(signal.type).shown(signal.value)}{quality}")


def _length(info: MediaInfo | VideoInfo) -> str:
    if info.duration_s is None:
        return ""
    made_of = info.codec if isinstance(info, VideoInfo) else f"{info.frames} frames"
    damage = damage_of(info)
    return f"  {made_of}  {info.duration_s:.1f} s{damage and ', ' + damage}"
