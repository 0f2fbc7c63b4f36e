"""Memory and processor time, as every Python program tells them."""

from api.metrics.counting import take_noted
from api.metrics.platform import Platform


def test_processor_time_is_counted_once() -> None:
    """Looked at often, it grows by what was used since; the sum is what the process used."""
    take_noted()
    platform = Platform()
    used = 0.0
    for _ in range(3):
        levels = platform.look()
        sum(range(200_000))
        used += take_noted().get(("process_cpu_seconds_total", ()), 0.0)
    last = platform._before["process_cpu_seconds_total", ()]
    assert abs(used - last) < 1e-6
    assert levels["process_resident_memory_bytes", ()] > 1_000_000
