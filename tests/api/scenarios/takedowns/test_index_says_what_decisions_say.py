"""
Any interleaving of reports, decisions about one case and about a group, approvals, appeals, withdrawals, looks,
signatures and limits that pass leaves the index as the decisions say: what a report has restricted at once included.
Nothing is blocked without trust, and nothing is held without a reason that stands.

A few stories here; ``STAYDOWN_TEST_EXAMPLES=400`` makes it many.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bootstrap import open_service
from api.service import Service
from tests.api.conftest import settings_in
from tests.api.scenarios.checking import check
from tests.api.scenarios.world import REPORTS, World
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import prepare_empty, record_url

EXAMPLES = int(os.environ.get("STAYDOWN_TEST_EXAMPLES", "10"))

WEIGHTS = {
    "report": 3,
    "upload": 4,
    "uphold": 6,
    "reject": 3,
    "decide group": 3,
    "approve": 2,
    "overturn": 3,
    "object": 2,
    "minor": 1,
    "adult": 1,
    "withdraw": 2,
    "look": 4,
    "sign": 1,
    "look back": 1,
    "learn": 1,
    "expire": 1,
    "take back": 1,
}
# The first steps lead somewhere; what hypothesis draws after them then meets takedowns, cases and uploads.
BEFORE = st.sampled_from([[], [("look", 0)]])
KINDS_OF_REPORT = st.integers(0, len(REPORTS) - 1)
STEPS = st.lists(
    st.tuples(st.sampled_from([step for step, weight in WEIGHTS.items() for _ in range(weight)]), st.integers(0, 7)),
    min_size=8,
    max_size=30,
)


@pytest.fixture(scope="module", params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Open one service; each example uses pictures of its own."""
    with record_url(request.param, request) as url:
        chosen = settings_in(tmp_path_factory.mktemp("interleavings"), database_url=url)
        prepare_empty(chosen)
        with open_service(chosen) as opened:
            yield opened


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(kind=KINDS_OF_REPORT, before=BEFORE, steps=STEPS)
def test_index_says_what_the_decisions_say(
    service: Service, kind: int, before: list[tuple[str, int]], steps: list[tuple[str, int]]
) -> None:
    """What stands is matched, what was taken back is not, and every upload is held as strictly as what is left says."""
    world = World(service)
    opening = [("report", kind), ("upload", kind), *before, ("uphold", 0), ("look back", 0), ("upload", kind)]
    for step, number in [*opening, *steps]:
        world.act(step, number)
        check(world)
