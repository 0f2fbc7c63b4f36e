"""
Deciding many cases at once: which facts they share, which post is decided by itself, and how many are looked at first.

    facts of the media   (`MEDIA_FACTS`)   the same in each copy: decided once for a group
    facts of the post    (`POST_FACTS`)    each post's own: news, help in a crisis, the poster's permission

Both sets are the table in `casework/policy/inheritance.py`. What is said of all of a group is said of each of its
cases, except where something else is known of a post: that stays. A post whose own facts then lead to another
recommendation is decided by itself. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.domain.facts import Facts
from casework.policy.engine import recommend
from casework.policy.inheritance import POST_FACTS, inherit
from casework.policy.recommendation import Recommendation

MOST_TOGETHER = 500
"""Cases that one request decides."""


@dataclass(frozen=True, slots=True)
class SampleTerms:
    """
    How many cases are looked at before many are decided at once.

    Args:
        above: Up to this many (inclusive) are decided without one being looked at.

        size: How many are looked at, of each takedown; 0 for none.
    """

    above: int = 50
    size: int = 3

    def needed(self, *, of_takedown: int, together: int) -> int:
        """
        Say how many cases about one takedown are looked at first.

        Args:
            of_takedown: How many of those that are decided ask about it.

            together: How many are decided at once.
        """
        return 0 if together <= self.above else min(self.size, of_takedown)


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What a case is decided on among others.

    Args:
        facts: Of the case: what was said of all, and what is known of this post alone.

        own: Names of the facts of the post that are its own.

        recommendation: On these facts.

        of_group: What is recommended for the others: without what is known of this post alone.
    """

    facts: Facts
    own: tuple[str, ...]
    recommendation: Recommendation
    of_group: Recommendation

    @property
    def why_apart(self) -> str | None:
        """Why the case is decided by itself, in words that follow "it"; None where it goes with the others."""
        if (self.recommendation.outcome, self.recommendation.rule) == (self.of_group.outcome, self.of_group.rule):
            return None
        known = self.facts.to_mapping()
        said = ", ".join(f"{name} is {str(known[name]).lower()}" for name in self.own)
        return (
            f"is decided by itself: of this post {said}, so the policy recommends "
            f"{self.recommendation.outcome.value} ({self.recommendation.rule}), for the others "
            f"{self.of_group.outcome.value} ({self.of_group.rule})"
        )


def shared(own: Facts, said: Mapping[str, object], *, of_match: bool) -> Shared:
    """
    Tell what a case is decided on among others.

    Args:
        own: Its facts.

        said: What is said of all, by fact name.

        of_match: Whether it asks about a copy; what a report says of its post is all its own.

    Raises:
        FactsError: If what is said is no fact, or of the wrong type.
    """
    nothing_known = inherit(own) if of_match else replace(inherit(own), conduct=own.conduct)
    known, unknown = own.to_mapping(), nothing_known.to_mapping()
    of_post = tuple(name for name in known if name in POST_FACTS and known[name] != unknown[name])
    facts = own.with_changes({name: value for name, value in said.items() if name not in of_post})
    others = (nothing_known if of_match else own).with_changes(said)
    return Shared(facts, of_post, recommend(facts), recommend(others))
