"""
What a file of a hash list can be wrong about.

    ExchangeError
    ├── UnreadableRecordError   one record that is none; it is set aside, and the next one is read
    └── UnreadableFileError     a file that as a whole is not of the format it is said to be of
"""


class ExchangeError(Exception):
    """Base of what is raised about files of hash lists."""


class UnreadableRecordError(ExchangeError):
    """Something that is no record of a format; the message says why."""


class UnreadableFileError(ExchangeError):
    """A file that is not of the format it is said to be of; the message says what to do."""
