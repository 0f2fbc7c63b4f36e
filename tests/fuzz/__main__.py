"""
`python -m tests.fuzz [NAME…]`: feed what reads strangers' bytes with hostile ones, for as long as you have.

    make fuzz SECONDS_EACH=600 TARGETS="picture video"

Each input follows from the target, the seed and its number alone, so a finding is repeated by `--seed` and `--only`.
The bytes of each finding are kept, too. Exit 1 where there was one.
"""

import argparse
import random
import sys
import time
import traceback
from pathlib import Path

from api.shell.output import progress_bar, write_line
from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS, Target


def main() -> int:
    """Run the targets named, or all, in turn; print what was found."""
    options = _parser().parse_args()
    found = 0
    for name in options.names or list(TARGETS):
        found += _run(name, TARGETS[name], options)
    write_line(f"{found} findings" if found else "nothing was found")
    return 1 if found else 0


def _run(name: str, target: Target, options: argparse.Namespace) -> int:
    seeds, found, number = target.seeds(), 0, options.only or 0
    until = time.monotonic() + options.seconds
    with target.opened() as run, progress_bar() as bar:
        task = bar.add_task(name, total=options.seconds)
        while time.monotonic() < until:
            data = mutated(seeds, random.Random(f"{name} {options.seed} {number}"))
            try:
                run(data)
            except target.allowed:
                pass
            except Exception:
                found += 1
                _keep(name, options, number, data)
            number += 1
            bar.update(task, completed=options.seconds - (until - time.monotonic()))
            if options.only is not None:
                break
    write_line(f"{name}: {number - (options.only or 0):,} inputs, {found} findings")
    return found


def _keep(name: str, options: argparse.Namespace, number: int, data: bytes) -> None:
    options.keep.mkdir(parents=True, exist_ok=True)
    file = options.keep / f"{name}-{options.seed}-{number}.bin"
    file.write_bytes(data)
    write_line(f"{name}: input {number} of seed {options.seed}, kept as {file}")
    traceback.print_exc()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[1])
    parser.add_argument("names", nargs="*", choices=[*TARGETS, []], metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=30, help="for each target (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other inputs (%(default)s)")
    parser.add_argument("--only", type=int, help="repeat the input of this number, and end")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="folder for findings (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
