"""What stands in the bar of the console: one row a page, in its order. A visitor is shown those they may open."""

from dataclasses import dataclass
from typing import Final

from api.security.permissions import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A page that the bar leads to.

    Args:
        section: What the templates of its pages set `section` to.

        name: As it is shown.

        address: Its own.

        permission: What whoever opens it must be allowed to do.
    """

    section: str
    name: str
    address: str
    permission: Permission


NAVIGATION: Final = (
    Entry("queue", "Queue", "/console", Permission.CASE_READ),
    Entry("groups", "Groups", "/console/groups", Permission.CASE_READ),
    Entry("approvals", "Approvals", "/console/approvals", Permission.CASE_READ),
    Entry("second-looks", "Second looks", "/console/second-looks", Permission.CASE_DECIDE),
    Entry("takedowns", "Takedowns", "/console/takedowns", Permission.TAKEDOWN_READ),
    Entry("appeals", "Appeals", "/console/appeals", Permission.APPEAL_READ),
    Entry("match", "Would it match?", "/console/match", Permission.MATCH_ASK),
    Entry("statistics", "Statistics", "/console/statistics", Permission.STATS_READ),
    Entry("settings", "Settings", "/console/settings", Permission.PROTECTED_READ),
    Entry("audit", "Audit", "/console/audit", Permission.AUDIT_READ),
)
