"""Why somebody looks at what is audited: `?why=`, kept in the audit log beside who looked."""

from typing import Annotated

from fastapi import Query

Why = Annotated[
    str | None,
    Query(min_length=1, max_length=200, description="Why you look, for the audit log; that you hold a case is noted."),
]
