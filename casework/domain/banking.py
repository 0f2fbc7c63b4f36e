"""How removed media is banked: what becomes of its signals, and so of its copies."""

from enum import StrEnum


class HashAction(StrEnum):
    """
    What becomes of the media's signals; the words are those of `docs/POLICY.md`, stored and sent as they are.

    Attributes:
        BANK_CONTEXT_FREE: Copies may be restricted automatically.

        BANK_CONTEXT_DEPENDENT: Copies wait for a person who assesses their context.

        HOLD_MATCH_ONLY: Copies are held and queued; nothing is automatic.

        NONE_UNTIL_DECIDED: Not banked until a person decides.

        NONE: Not banked.
    """

    BANK_CONTEXT_FREE = "bank_context_free"
    BANK_CONTEXT_DEPENDENT = "bank_context_dependent"
    HOLD_MATCH_ONLY = "hold_match_only"
    NONE_UNTIL_DECIDED = "none_until_decided"
    NONE = "none"

    @property
    def is_banked(self) -> bool:
        """Whether signals go into the index at all."""
        return self not in (HashAction.NONE, HashAction.NONE_UNTIL_DECIDED)

    @property
    def acts_by_itself(self) -> bool:
        """Whether a copy may be restricted without anybody assessing its context."""
        return self is HashAction.BANK_CONTEXT_FREE
