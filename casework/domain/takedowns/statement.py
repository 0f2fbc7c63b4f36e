"""
The statement of reasons: what the person who posted something is told of why it is restricted (DSA Art. 17).

It goes through the platform, which knows how to reach them. Invariant: it is made of standard sentences, a rule and a
policy. It never says who reported, what exactly agreed or how far: whoever reads it may be the one it is about.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from casework.domain.ids import DecisionId

Record = dict[str, str | bool | None]
"""A statement as events carry it, in the contract's names."""


@dataclass(frozen=True, slots=True)
class StatementOfReasons:
    """
    Why an upload is restricted, for who posted it.

    Args:
        facts: What was found, by whom, and how long the restriction lasts, in sentences.

        rule: The rule it rests on (``"R07"``); None where a person decided against what the table recommends.

        policy: The policy it rests on, in the policy's names.

        automated: Whether no person has decided that this upload is restricted.

        how_to_appeal: What they can do, and that it is free.

        ends_at: When it ends by itself; None where it ends with a decision alone.
    """

    facts: str
    rule: str | None
    policy: str
    automated: bool
    how_to_appeal: str
    ends_at: datetime | None = None

    def as_record(self) -> Record:
        """Return it as JSON."""
        return asdict(self) | {"ends_at": None if self.ends_at is None else self.ends_at.isoformat()}


@dataclass(frozen=True, slots=True)
class Restriction:
    """
    What restricts an upload now.

    Args:
        decision_id: The decision it rests on; an appeal is against it.

        statement: Why, for who posted it.

        is_held: Whether nobody has decided about this very upload: it waits for a person.
    """

    decision_id: DecisionId
    statement: StatementOfReasons
    is_held: bool
