"""A line for each failure as soon as it is known: the whole suite takes minutes, and its summary comes last."""

import pytest
from _pytest.terminal import TerminalReporter


class EarlyFailures:
    """
    Prints the names of tests that failed.

    Args:
        terminal: Where to.
    """

    def __init__(self, terminal: TerminalReporter) -> None:
        self._terminal = terminal

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print one."""
        if report.failed:
            self._terminal.write_line(f"\nFAILED ({report.when}) {report.nodeid}")


def announce_failures(config: pytest.Config) -> None:
    """Print failures early, in the process that prints: the others, which only run tests, send them there."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        config.pluginmanager.register(EarlyFailures(terminal))
