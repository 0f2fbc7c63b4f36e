"""
What can go wrong in a shell and nowhere else.

    CommandError                the command cannot do its work; the message says what to do instead
    └── ServerRefusedError      a server answered with a problem document
        └── FileRefusedError    it refused this file; others may be fine
"""


class CommandError(Exception):
    """A command cannot do its work."""


class ServerRefusedError(CommandError):
    """A server answered with a problem document, whose title and detail are the message."""


class FileRefusedError(ServerRefusedError):
    """A server refused one file: too large, of no known format, or damaged."""
