"""
Any interleaving of reports, decisions about one case and about a group, approvals, appeals, withdrawals and limits that
pass leaves the index as the decisions say: what a report has restricted at once included.

A few stories here; ``STAYDOWN_TEST_EXAMPLES=400`` makes it many.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.bootstrap import open_service, prepare_data
from api.service import Service
from tests.api.conftest import settings_in
from tests.api.scenarios.world import World
from tests.databases import KINDS, database_url

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
    "look back": 1,
    "learn": 1,
    "expire": 1,
    "take back": 1,
}
# The first steps lead somewhere; what hypothesis draws after them then meets takedowns, cases and uploads.
OPENING = [("report", 0), ("upload", 0), ("uphold", 0), ("look back", 0), ("upload", 0)]
STEPS = st.lists(
    st.tuples(st.sampled_from([step for step, weight in WEIGHTS.items() for _ in range(weight)]), st.integers(0, 7)),
    min_size=8,
    max_size=30,
)


@pytest.fixture(scope="module", params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Open one service; each example uses pictures of its own."""
    with database_url(request.param, request) as url:
        chosen = settings_in(tmp_path_factory.mktemp("interleavings"), database_url=url)
        prepare_data(chosen)
        with open_service(chosen) as opened:
            yield opened


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(steps=STEPS)
def test_index_says_what_the_decisions_say(service: Service, steps: list[tuple[str, int]]) -> None:
    """What stands is matched, what was taken back is not, and every upload is held as strictly as what is left says."""
    world = World(service)
    for step, number in [*OPENING, *steps]:
        world.act(step, number)
        world.check()
