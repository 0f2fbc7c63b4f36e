"""
What can go wrong between bytes and signals. Each message gives the value and the remedy.

    MatcherError
    ├── MediaError                      this file cannot be hashed; others can
    │   ├── EmptyFileError
    │   ├── UnsupportedFormatError      not a format we read
    │   ├── TooLargeError               more bytes than the limit
    │   ├── TooManyPixelsError          its header promises more pixels than the limit
    │   ├── TooManyFramesError          an animation or a video of more frames than the limit
    │   ├── TooLongError                a video longer than the limit
    │   ├── NoPictureError              sound without pictures
    │   ├── MissingCodecError           a video in a codec this build cannot decode
    │   ├── UndecodableError            truncated or damaged
    │   ├── DecodeTimeoutError          decoding took too long and was stopped
    │   └── DecoderCrashedError         decoding took its worker process down
    ├── SignalError
    │   ├── SignalValueError            not hex, or not as wide as its type says
    │   ├── UnknownSignalTypeError      no row of the table has this name
    │   └── SignalTypeNotTakenError     an optional type that the operator does not have taken
    ├── WidthMismatchError              codes of different widths compared
    ├── GivenUpError                    nobody waits for the file any more, and decoding was stopped
    └── SandboxClosedError              asked after shutdown, or no worker will start
        └── MissingWallsError           walls are required that this machine does not have

Invariant: every one of them crosses a process border unchanged, so a sandbox raises what the decoder raised.
"""


class MatcherError(Exception):
    """Base of every error the matcher raises on purpose."""


class MediaError(MatcherError):
    """A file cannot be hashed. Nothing else is affected."""


class EmptyFileError(MediaError):
    """The file holds no bytes."""


class UnsupportedFormatError(MediaError):
    """The bytes are not one of the formats we read, whatever the file's name says."""


class TooLargeError(MediaError):
    """The file holds more bytes than the limit."""


class TooManyPixelsError(MediaError):
    """The header promises more pixels than the limit; nothing was decoded."""


class TooManyFramesError(MediaError):
    """The animation, or what is kept of the video, has more frames than the limit."""


class TooLongError(MediaError):
    """The video is longer than the limit, by its header or by its frames' times."""


class NoPictureError(MediaError):
    """The file holds sound, subtitles or a cover, and no moving picture."""


class MissingCodecError(MediaError):
    """The container is read, and its video is in a codec that this build of FFmpeg has no decoder for."""


class UndecodableError(MediaError):
    """The bytes start like a known format and cannot be decoded."""


class DecodeTimeoutError(MediaError):
    """Decoding was stopped because it took longer than the limit."""


class DecoderCrashedError(MediaError):
    """Decoding took down the process it ran in (damaged file, memory or CPU-time limit). The process is replaced."""


class SignalError(MatcherError):
    """A signal cannot be read."""


class SignalValueError(SignalError):
    """A signal's value is not hex, or not as wide as its type says."""


class UnknownSignalTypeError(SignalError):
    """No row of `SIGNAL_TYPES` has this name."""


class SignalTypeNotTakenError(SignalError):
    """The type is an optional one, and is not taken of files here."""


class WidthMismatchError(MatcherError):
    """Codes of different widths cannot be compared."""


class SandboxClosedError(MatcherError):
    """The sandbox was closed, or cannot start a worker at all."""


class GivenUpError(MatcherError):
    """Nobody waits for the file any more; decoding it was stopped, which says nothing about it."""


class MissingWallsError(SandboxClosedError):
    """Walls around decoding are required, and this machine lacks one that no other stands in for."""
