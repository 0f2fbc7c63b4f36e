"""
Everything casework raises on purpose.

    CaseworkError
    ├── FactsError              facts that are not facts of the policy; lists every problem at once
    │   ├── UnknownFactError    a name the policy does not know
    │   └── FactValueError      a value the fact does not accept
    ├── PolicyChangeError       a table, threshold or trust rule to replay that cannot be used; lists every problem
    ├── NotFoundError           an id nothing has
    ├── CursorError             a page cursor no list gave
    ├── WrongStateError         the thing exists, but not in a state in which this can be done
    │   └── UploadConflictError a platform's upload id that names other bytes
    ├── CaseClaimedError        somebody else is working on it
    ├── SamePersonError         another person must do this: decide a report, approve, decide an appeal
    ├── DecidedApartError       a case whose own post asks for another decision than the others it is among
    ├── SampleNotSeenError      many cases are to be decided and too few of them were looked at
    ├── MediaMissingError       a report of shared media without any
    ├── OverrideReasonMissingError  a decision differs from the recommendation and does not say why
    ├── SearchAwayError         what holds a collection does not answer now; whoever searches it does so again
    ├── ReceiptError            a receipt number and secret that do not belong together
    ├── NotYoursToWithdrawError a third party's receipt takes nothing down or back
    ├── LeaseLostError          another worker took over what this one was doing
    ├── UnreadableError         what is stored encrypted cannot be decrypted
    ├── RetiredKeyError         what is written is encrypted under a key that a rotation has taken away
    ├── ListNameError           a text that is no name of a list of hashes
    ├── NodeNameError           a text that is no name of a machine of a cluster
    ├── ExchangeOptionsError    an exchange of hashes that cannot be set up like this
    ├── ExchangeFailedError     a server of hashes that gave no usable answer; it is asked again
    ├── TargetError             a destination's address that must not, or cannot, be sent to
    └── DeliveryFailedError     an attempt to deliver that brought no receipt; it will be repeated

Invariant: no error here knows an HTTP status; `api/http/problems.py` maps them. Each message gives the value and the
remedy.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class CaseworkError(Exception):
    """Base of every error casework raises on purpose."""


@dataclass(frozen=True, slots=True)
class FactProblem:
    """
    One thing wrong with one given fact.

    Args:
        field: The fact's name, as given.

        message: What is wrong with it, and what would be accepted.
    """

    field: str
    message: str


class FactsError(CaseworkError):
    """
    Given facts are not facts of the policy.

    Args:
        errors: Every problem found, in the order the facts were given.
    """

    def __init__(self, errors: Sequence[FactProblem]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))


class UnknownFactError(FactsError):
    """At least one name is no fact of the policy; `errors` holds the wrong values found beside it too."""


class FactValueError(FactsError):
    """Every name is known, and at least one value is not among those its fact accepts."""


class PolicyChangeError(CaseworkError):
    """
    A change of policy that is to be tried on past cases cannot be used.

    Args:
        errors: Every problem found, each with its place: ``"decision_table[3].outcome"``.
    """

    def __init__(self, errors: Sequence[FactProblem]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))


class NotFoundError(CaseworkError):
    """Nothing has this id."""


class CursorError(CaseworkError):
    """A page cursor that no list gave."""


class WrongStateError(CaseworkError):
    """What is asked cannot be done in the state the thing is in."""


class CaseClaimedError(CaseworkError):
    """Somebody else holds the lease on a case."""


class UploadConflictError(WrongStateError):
    """A platform registered this upload id before, with other bytes."""


class SamePersonError(CaseworkError):
    """Another person must do this: four eyes see more than two."""


class DecidedApartError(CaseworkError):
    """What is known of a case's own post leads to another recommendation than that of the others."""


class SampleNotSeenError(CaseworkError):
    """
    Many cases are to be decided at once, and who decides has looked at too few of them.

    Args:
        message: How many are missing, and how one is looked at.

        to_look_at: Ids of cases that would do.
    """

    def __init__(self, message: str, *, to_look_at: Sequence[str]) -> None:
        super().__init__(message)
        self.to_look_at = tuple(to_look_at)


class MediaMissingError(CaseworkError):
    """A report says that media was shared, and neither has any nor names a registered upload."""


class OverrideReasonMissingError(CaseworkError):
    """A decision differs from the recommendation and does not say why."""


class ReceiptError(CaseworkError):
    """No receipt has this number and this secret."""


class NotYoursToWithdrawError(CaseworkError):
    """Only the person depicted, or who acts for them, can withdraw a report."""


class LeaseLostError(CaseworkError):
    """A worker was too slow, and another took over; it stops, and nothing it did is lost or done twice."""


class UnreadableError(CaseworkError):
    """What is stored encrypted was changed, moved from its place, or its key is not in the keyring."""


class RetiredKeyError(CaseworkError):
    """The keyring of this machine writes with a key that a rotation elsewhere took away: nobody could read it again."""


class ListNameError(CaseworkError):
    """A text that is no name of a list of hashes."""


class SearchAwayError(CaseworkError):
    """What holds a collection does not answer now, so nothing can be said of it: what needs it is done later."""


class NodeNameError(CaseworkError):
    """A text that is no name of a machine of a cluster."""


class ExchangeOptionsError(CaseworkError):
    """An exchange of hashes that cannot be set up like this; the message says what is expected."""


class ExchangeFailedError(CaseworkError):
    """
    A server of hashes gave no usable answer.

    Args:
        message: Why, without secrets.

        retry_after_s: For how many seconds it asked to be left alone, or None.

        for_good: Whether asking the same again is of no use.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, for_good: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.for_good = for_good


class TargetError(CaseworkError):
    """A destination's URL, path or secret that cannot be used, or that the operator does not allow."""


class DeliveryFailedError(CaseworkError):
    """
    An attempt brought no receipt.

    Args:
        message: Why.

        retry_after_s: For how many seconds the destination asked to be left alone, or None.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
