"""
What goes wrong at the border of the service, whoever asks: a client, a command or the operator's settings.

    ApiError
    ├── SettingsError               a setting is missing or odd (stops the start)
    ├── UnauthenticatedError        no key, or an unknown one
    │   └── SignInNeededError       a page for people who are signed in
    ├── ForbiddenError              the key's role may not do this
    ├── FilesOnlyError              a key that is not trusted asks by signals
    ├── KeyPausedError              a key that asked around one reference, until it is replaced
    ├── ForeignFormError            a form that no page of ours sent, or one of an earlier session
    ├── RestError                   a person who has looked at many photos without a pause
    ├── TooManyRequestsError        more than is taken from one key or address now
    ├── IdempotencyConflictError    one key, two different requests
    ├── BodyError                   the body is not what this address takes
    ├── MediaUrlError               a file that was named by its address cannot be fetched
    └── NotReadyError               the database or the index cannot answer now

Invariant: no error here knows an HTTP status; `api/http/problems.py` maps them.
"""


class ApiError(Exception):
    """Anything that goes wrong at the border of the service."""


class SettingsError(ApiError):
    """A setting is missing or odd."""


class UnauthenticatedError(ApiError):
    """No key was given, or nobody has it."""


class SignInNeededError(UnauthenticatedError):
    """A page was asked for by somebody who is not signed in, or not any more."""


class ForbiddenError(ApiError):
    """The key's role may not do this."""


class FilesOnlyError(ApiError):
    """A key that is not marked trusted asks by signals; it must send files."""


class KeyPausedError(ApiError):
    """A key asked so many questions around one reference that it is answered none until an operator replaces it."""


class ForeignFormError(ApiError):
    """A form was sent by no page of ours, or by one of a session that has ended."""


class TooManyRequestsError(ApiError):
    """
    More than is taken from one key or address now.

    Args:
        message: What is too much, and when to come again.

        retry_after_s: Seconds, whole, until it is worth trying again.
    """

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class IdempotencyConflictError(ApiError):
    """An idempotency key was used for another request before."""


class RestError(ApiError):
    """
    A person has looked at as many photos as they are shown before a pause.

    Args:
        message: Until when, and what goes on meanwhile.

        retry_after_s: Whole seconds until then.
    """

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BodyError(ApiError):
    """
    The body is not what this address takes.

    Args:
        message: What is wrong and what is right.

        field: Where.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class MediaUrlError(ApiError):
    """A file that was named by its address is refused, or cannot be had."""


class NotReadyError(ApiError):
    """The database or the index cannot answer now."""
