"""Which files are taken, how they are decoded, and what is taken of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from api.settings.words import with_commas
from matcher.errors import UnknownSignalTypeError
from matcher.signals import taken_types


class ReadingMedia(BaseModel):
    """Which files are taken, how they are decoded, and what is taken of them."""

    signals: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Optional signal types to take of pictures, with commas between; for banks that hold such.",
    )
    decode_workers: Annotated[int, Field(ge=1, le=64)] = Field(2, description="Processes that decode media.")
    decode_waiting_per_key: Annotated[int, Field(ge=1)] = Field(
        32, description="How many files of one key may wait to be decoded, unless it is trusted; beyond, 429."
    )
    decode_waiting: Annotated[int, Field(ge=1)] = Field(
        256, description="How many files may wait in all; beyond, the key with the most waiting is answered 429."
    )
    decode_timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(20.0, description="Wall-clock limit for one file.")
    decode_memory_mb: Annotated[int, Field(ge=512)] = Field(2048, description="Memory limit of a decoding process.")
    sandbox: Literal["auto", "required"] = Field(
        "auto",
        description="`required`: refuse to start where a wall around decoding is missing that no other stands in for.",
    )
    max_image_bytes: Annotated[int, Field(gt=0)] = Field(50_000_000, description="Largest image taken.")
    max_image_pixels: Annotated[int, Field(gt=0)] = Field(100_000_000, description="Most pixels an image may have.")
    max_animation_frames: Annotated[int, Field(gt=0)] = Field(500, description="Most frames an animation may have.")
    max_animation_pixels: Annotated[int, Field(gt=0)] = Field(
        2_500_000_000, description="Most pixels all frames of an animation may have together."
    )
    max_video_bytes: Annotated[int, Field(gt=0)] = Field(2_000_000_000, description="Largest video taken.")
    max_incoming_bytes: Annotated[int, Field(gt=0)] = Field(
        20_000_000_000,
        validate_default=True,
        description="About how many bytes of files may wait to be hashed; beyond, 503.",
    )
    max_video_duration_s: Annotated[float, Field(gt=0)] = Field(14_400.0, description="Longest video taken.")
    max_video_pixels: Annotated[int, Field(gt=0)] = Field(36_000_000, description="Most pixels its frames may have.")
    max_video_frames: Annotated[int, Field(gt=0)] = Field(50_000, description="Most different frames kept of one.")
    video_workers: Annotated[int, Field(ge=1, le=64)] = Field(
        1, description="Videos decoded at once, in processes beside those for pictures."
    )
    video_timeout_s: Annotated[float, Field(gt=0)] = Field(3600.0, description="Wall-clock limit for one video.")
    async_above_bytes: Annotated[int, Field(ge=0)] = Field(
        100_000_000, description="Larger videos are answered 202 at once, with an address that tells how far they are."
    )
    video_memory_mb: Annotated[int, Field(ge=512)] = Field(
        2048, description="Memory limit of a process that decodes videos."
    )
    deep_budget_ms: Annotated[int, Field(ge=0)] = Field(
        500,
        description="How long one picture is compared with takedowns part by part; the rest is done in the background.",
    )
    upload_features: bool = Field(
        True,
        description="Whether local features of uploads are kept, of videos those of scenes: look-back sees crops too.",
    )
    repeated_files_s: Annotated[float, Field(ge=0, le=600)] = Field(
        60.0,
        description="How long the signals of a picture are kept in memory, so that the same file sent again under the "
        "same key is not decoded again; what it matches is searched for anew. 0 keeps none.",
    )
    media_urls: bool = Field(
        False, description="Whether `media_url` is taken wherever `media` is: the file is fetched from that address."
    )
    media_url_timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(
        30.0, description="How long a file may take to arrive, with all redirects."
    )
    media_url_allow_private: bool = Field(
        False, description="Whether files are fetched from private and loopback addresses, and without TLS."
    )

    @field_validator("signals", mode="before")
    @classmethod
    def _are_types_with_commas(cls, given: object) -> object:
        return with_commas(given)

    @field_validator("max_incoming_bytes")
    @classmethod
    def _holds_the_largest_file(cls, given: int, others: ValidationInfo) -> int:
        largest = max(others.data.get("max_video_bytes", 0), others.data.get("max_image_bytes", 0))
        if given < largest:
            message = f"at least the largest file that is taken is expected, {largest}: such a one would wait for ever"
            raise ValueError(message)
        return given

    @field_validator("signals")
    @classmethod
    def _are_optional_types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        try:
            taken_types(given)
        except UnknownSignalTypeError as error:
            raise ValueError(str(error)) from error
        return tuple(dict.fromkeys(given))
