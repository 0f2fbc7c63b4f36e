"""
A program that runs commands in turn, each as `python -m MODULE` would, and answers with what each printed.

Its one argument is that module, `api.cli` for example. Each line on standard input is a JSON array of arguments, each
on standard output an object: `exit`, `out`, `err`. It knows nothing else of the project.
"""

import io
import json
import os
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout


def main() -> None:
    """Run commands until standard input ends."""
    (module,) = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a child process prints is no answer
    for line in sys.stdin:
        answers.write(json.dumps(run(module, json.loads(line))) + "\n")
        answers.flush()


def run(module: str, arguments: list[str]) -> dict[str, object]:
    """Run one command; return its exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = [module, *arguments]
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as end:
            code = end.code
    return {"exit": 0 if code is None else code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    main()
