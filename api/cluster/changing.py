"""Changing which machine holds what, in one transaction: machines do the rest as soon as they read it."""

from collections.abc import Callable, Sequence

from api.cluster.placed import placed, rows_of
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.placement import SqlPlacement
from casework.persistence.index_log.slots import layout_of
from index.cluster.home import Placed
from index.cluster.placing import Change

Plan = Callable[[Sequence[Placed], Sequence[str]], Change]
"""Works out what is to be changed, from the placement and the names of the slots that there are, in their order."""


def change_placement(settings: Settings, plan: Plan) -> Change:
    """
    Change the placement of uploads.

    Args:
        settings: Where the record is.

        plan: Called while nobody else changes the placement or the slots.

    Returns:
        What was changed.

    Raises:
        NodeNameError: If a machine may not be called so.
        PlacementError: As the plan raises; nothing was changed.
    """
    engine = open_database(settings.url)
    try:
        with engine.connect() as connection, connection.begin():
            placement = SqlPlacement(connection)
            rows = placed(placement.rows(lock=True))
            change = plan(rows, [slot.log for slot in layout_of(connection, Collection.UPLOADS).slots])
            placement.remove(rows_of(change.removed))
            placement.add(rows_of(change.added))
    finally:
        engine.dispose()
    return change
