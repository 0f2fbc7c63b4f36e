"""Compiling kernels for a command, with a line that says what is waited for."""

from api.media.warming import kernels_to_compile, warm_up
from api.settings import Settings
from api.shell.output import progress_bar


def prepare_kernels(settings: Settings) -> None:
    """
    Compile what this machine has yet to compile, and show how far that is; do nothing where all is there.

    A command that starts processes calls it before: they load in half a second what each of them would compile.
    """
    count = kernels_to_compile(settings)
    if not count:
        return
    with progress_bar() as bar:
        task = bar.add_task(f"Compiling {count} kernels, once on this machine", total=None)
        warm_up(settings, progress=lambda step: bar.update(task, description=f"Compiling kernels: {step}"))
