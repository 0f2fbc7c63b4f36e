"""`staydown worker`: deliveries and look-back in a process of their own."""

from api.background.worker import run_until_stopped
from api.bootstrap import open_service, prepare_data
from api.cli.starting.heaps import keep_memory_small
from api.cli.starting.kernels import prepare_kernels
from api.logs import configure_logs
from api.media.warming import warm_up
from api.settings import read_settings, warn_of_unknown_settings
from api.shell.output import write_line
from api.telemetry.start import traced


def worker() -> None:
    """
    Tell destinations what happened and search earlier uploads, until Ctrl-C; `serve` does the same by default.

    Run as many as you like, on as many machines as share the database; each may be stopped at any moment.

    For example:

        STAYDOWN_WORKER=false staydown serve --workers 4

        staydown worker
    """
    keep_memory_small()
    settings = read_settings()
    configure_logs(settings.log_format)
    warn_of_unknown_settings()
    prepare_data(settings)
    prepare_kernels(settings)
    warm_up(settings)
    with traced(settings), open_service(settings) as service:
        write_line("Staydown's worker is at work (Ctrl-C ends it)")
        run_until_stopped(service)
