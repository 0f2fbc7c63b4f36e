"""Machine code is kept somewhere, so that it is made once a machine."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

_KERNEL = """
from matcher.compiled import compiled

@compiled
def doubled(number: int) -> int:
    return 2 * number
"""

_CALL_IT = """
import sys
from pathlib import Path
from numba.core import caching
# As where the source cannot be written: nothing but the places that are named can be.
places = caching.CacheImpl._locator_classes
caching.CacheImpl._locator_classes = [place for place in places if any(one in place.__name__ for one in sys.argv[2:])]
from kernel_of_a_test import doubled
from matcher.compiled import keep_machine_code_in, kernels_not_on_disk, place_of_machine_code, what_became_of_kernels
keep_machine_code_in(Path(sys.argv[1]))
before = kernels_not_on_disk()
assert doubled(21) == 42
kernels = what_became_of_kernels()
print(before, kernels_not_on_disk(), len(kernels.compiled), len(kernels.loaded), place_of_machine_code())
"""


def called(folder: Path, *places: str, **variables: str) -> str:
    """Call a kernel in a process of its own, which can write at some of Numba's places; return what became of it."""
    (folder / "kernel_of_a_test.py").write_text(_KERNEL)
    path = os.pathsep.join([str(REPOSITORY), str(folder)])
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    return subprocess.run(
        [sys.executable, "-c", _CALL_IT, folder / "kernels", "UserProvided", *places],
        env={**environment, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_where_nothing_can_be_written_the_folder_that_is_given_keeps_it(tmp_path: Path) -> None:
    """A container that starts must not compile for half a minute each time; processes of it are told the place, too."""
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    assert called(tmp_path) == f"1 0 1 0 {place}"
    assert called(tmp_path) == f"0 0 0 1 {place}"
    assert (tmp_path / "kernels").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_costs_the_time_and_nothing_else(tmp_path: Path) -> None:
    """A full disk: compiled in memory, as where nobody gives a folder."""
    (tmp_path / "kernels").write_text("a file")
    assert called(tmp_path) == "1 0 1 0 {}"


def test_the_users_cache_is_told_to_a_process_that_has_no_home(tmp_path: Path) -> None:
    """Workers have none: each would compile again where the installation is read-only, for ten seconds and more."""
    told = called(tmp_path, "UserWide", HOME=str(tmp_path / "home"), XDG_CACHE_HOME=str(tmp_path / "cache"))
    place = {"NUMBA_CACHE_DIR": str(tmp_path / "cache" / "numba")}
    assert told == f"1 0 1 0 {place}"
    assert called(tmp_path, HOME=str(tmp_path / "elsewhere"), **place) == f"0 0 0 1 {place}"
