"""
Who may do what: one table of roles.

Invariant: a route asks for a permission, never for a role.
"""

from enum import StrEnum

from casework.domain.actor import Role


class Permission(StrEnum):
    """Everything that can be allowed, `noun:verb`."""

    UPLOAD_REGISTER = "upload:register"
    UPLOAD_READ = "upload:read"
    MATCH_ASK = "match:ask"
    REPORT_FILE = "report:file"
    CASE_READ = "case:read"
    CASE_WORK = "case:work"
    CASE_DECIDE = "case:decide"
    CASE_MEDIA_VIEW = "case:media:view"
    DECISION_APPROVE = "decision:approve"
    TAKEDOWN_READ = "takedown:read"
    TAKEDOWN_WITHDRAW = "takedown:withdraw"
    ERASURE_REQUEST = "erasure:request"
    ERASURE_READ = "erasure:read"
    TAKEDOWN_QUARANTINE = "takedown:quarantine"
    SIGNAL_VALUES_READ = "signal:values:read"
    APPEAL_FILE = "appeal:file"
    APPEAL_READ = "appeal:read"
    APPEAL_DECIDE = "appeal:decide"
    STATS_READ = "stats:read"
    EVENT_READ = "event:read"
    DESTINATION_READ = "destination:read"
    DESTINATION_MANAGE = "destination:manage"
    DELIVERY_READ = "delivery:read"
    DELIVERY_RETRY = "delivery:retry"
    PROTECTED_READ = "protected:read"
    PROTECTED_MANAGE = "protected:manage"
    KEY_MANAGE = "key:manage"
    KEY_READ = "key:read"
    AUDIT_READ = "audit:read"
    POLICY_REPLAY = "policy:replay"
    BANK_MANAGE = "bank:manage"


_PIPELINE = frozenset(
    {
        Permission.UPLOAD_REGISTER,
        Permission.UPLOAD_READ,
        Permission.MATCH_ASK,
        Permission.EVENT_READ,
        Permission.APPEAL_FILE,
        Permission.APPEAL_READ,
    }
)
_INTAKE = frozenset({Permission.REPORT_FILE, Permission.APPEAL_FILE})
_MODERATOR = _INTAKE | {
    Permission.MATCH_ASK,
    Permission.UPLOAD_READ,
    Permission.CASE_READ,
    Permission.CASE_WORK,
    Permission.CASE_DECIDE,
    Permission.CASE_MEDIA_VIEW,
    Permission.TAKEDOWN_READ,
    Permission.APPEAL_READ,
    Permission.STATS_READ,
}
_SENIOR = _MODERATOR | {
    Permission.DECISION_APPROVE,
    Permission.TAKEDOWN_WITHDRAW,
    Permission.ERASURE_REQUEST,
    Permission.ERASURE_READ,
    Permission.TAKEDOWN_QUARANTINE,
    Permission.APPEAL_DECIDE,
    Permission.EVENT_READ,
    Permission.DESTINATION_READ,
    Permission.DELIVERY_READ,
    Permission.DELIVERY_RETRY,
    Permission.PROTECTED_READ,
    Permission.PROTECTED_MANAGE,
    Permission.POLICY_REPLAY,
    Permission.BANK_MANAGE,
}
_AUDITOR = frozenset(
    {
        Permission.UPLOAD_READ,
        Permission.CASE_READ,
        Permission.TAKEDOWN_READ,
        Permission.APPEAL_READ,
        Permission.STATS_READ,
        Permission.SIGNAL_VALUES_READ,
        Permission.ERASURE_READ,
        Permission.EVENT_READ,
        Permission.DESTINATION_READ,
        Permission.DELIVERY_READ,
        Permission.PROTECTED_READ,
        Permission.AUDIT_READ,
        Permission.CASE_MEDIA_VIEW,
        Permission.KEY_READ,
        Permission.POLICY_REPLAY,
    }
)

PERMISSIONS_OF: dict[Role, frozenset[Permission]] = {
    Role.PIPELINE: _PIPELINE,
    Role.INTAKE: _INTAKE,
    Role.MODERATOR: _MODERATOR,
    Role.SENIOR: _SENIOR,
    Role.AUDITOR: _AUDITOR,
    Role.ADMIN: frozenset(Permission),
    Role.PUBLIC: _INTAKE,
    Role.POLICY: frozenset(),
}
