"""The process above several that serve: starts them, replaces one that died, ends them."""

from uvicorn.supervisors import Multiprocess


class Supervisor(Multiprocess):
    """
    uvicorn's supervisor, which notices at once when a process dies while it is asked how it is.

    It asks each process over a pipe and waits for the answer as long as a busy process may take. As it holds the
    process's end of that pipe too, it never learns that nobody is left to answer: until the time is over, no process is
    replaced and no signal heard. So here it lets go of an end that is the process's alone.
    """

    def init_processes(self) -> None:
        """Start the first processes."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Ask each process, and replace those that do not answer."""
        self._let_go()
        super().keep_subprocess_alive()

    def _let_go(self) -> None:
        for process in self.processes:
            process.child_conn.close()
