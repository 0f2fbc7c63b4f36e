"""Pauses are kept short in processes that serve, and in no other: both settings are the whole process's."""

import gc
import subprocess
import sys
import threading

from api.background.serving.remembering import remember_newest
from api.http.border.pauses import SWITCH_S
from tests.api.conftest import Staydown

SERVES = """
import gc, sys
from api.http.border.pauses import SWITCH_S, keep_pauses_short, leave_to_no_collector

loaded = ["at start"]
keep_pauses_short()
remembered = ["since"]
seen = [id(one) for one in gc.get_objects()]
assert id(loaded) not in seen and id(remembered) in seen
leave_to_no_collector()
assert id(remembered) not in [id(one) for one in gc.get_objects()]
assert abs(sys.getswitchinterval() - SWITCH_S) < 1e-6
"""


def is_collected(one: object) -> bool:
    """Tell whether the collector looks at an object; at what is frozen it does not."""
    return any(known is one for known in gc.get_objects())


def test_process_that_serves_freezes_what_it_loads_and_remembers() -> None:
    """In a process of its own, for nothing takes it back."""
    subprocess.run([sys.executable, "-c", SERVES], check=True)


def test_service_inside_a_program_leaves_its_collector_and_its_switches_alone(staydown: Staydown) -> None:
    """The program may have frozen what it loaded itself, as these tests have; that is no leave to freeze the rest."""
    assert gc.get_freeze_count() > 0
    mine: list[object] = []
    mine.append(mine)
    remember_newest(staydown.service, threading.Event())
    assert is_collected(mine)
    assert sys.getswitchinterval() > SWITCH_S
