"""
What the record says of the items a search found: all that a match is judged on.

Whatever a verdict on a match rests on is read here, in `Known.of`, and nowhere else: `remembered.py` keeps what this
read in memory, and whoever changes such a row notes it (`casework/persistence/changed_records.py`).
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from casework.domain.facts import Facts
from casework.domain.ids import MediaId
from casework.domain.media import Item, Media
from casework.domain.takedowns.takedown import Takedown
from casework.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Known:
    """
    What the record says about candidates.

    Args:
        items: Those that are live, by id.

        media: Their media with all signals, by id.

        takedowns: Their owners, by id; entries of the lists of protected media are left out.

        facts: Of the case each takedown was decided in, by the takedown's id.
    """

    items: Mapping[int, Item]
    media: Mapping[MediaId, Media]
    takedowns: Mapping[str, Takedown]
    facts: Mapping[str, Facts]

    @classmethod
    def of(cls, item_ids: Set[int], uow: UnitOfWork) -> "Known":
        """Read what the record says of items; those it does not have, or not any more, are left out."""
        items = uow.index_log.items(item_ids) if item_ids else {}
        takedowns = uow.takedowns.many({item.owner_id for item in items.values()}) if items else {}
        facts = uow.cases.facts({one.case_id for one in takedowns.values()}) if takedowns else {}
        return cls(
            items=items,
            media=uow.media.many({item.media_id for item in items.values()}) if items else {},
            takedowns=takedowns,
            facts={one.id: facts[one.case_id] for one in takedowns.values()},
        )
