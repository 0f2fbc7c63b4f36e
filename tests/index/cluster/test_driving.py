"""The gateway says how its cluster is, whoever else asks at the same time."""

import asyncio
from importlib.util import find_spec

import pytest

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed: pip install 'staydown[cluster]'"
)


def test_who_asks_which_machines_are_alive_is_answered_though_another_asks_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between an answer and whoever waits for it the next question may begin."""
    from index.cluster import driving

    monkeypatch.setattr(driving, "nodes_alive", lambda: ["a"])

    async def ask() -> list[str]:
        known = driving._Known()
        first = asyncio.ensure_future(driving._alive(known))
        await asyncio.sleep(0)
        assert known.asking is not None
        anew: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        known.asking.add_done_callback(lambda _: setattr(known, "asking", anew))
        return await first

    assert asyncio.run(ask()) == ["a"]
