"""
The process untrusted bytes are decoded in. `sandbox/seat.py` starts it by itself, by `python -m
matcher.sandbox.worker …`, only where none can be forked (`fork_server.py`).

Its first wall is raised here, before a library can start a thread; all else is in `serving.py`. It ends by itself when
the other end of its socket closes, so no worker outlives its server, however that died.
"""

import signal
import socket
import sys

from matcher.sandbox.walls import Walls, before_loading, raise_walls


def main(descriptor: int, *, walled: bool) -> None:
    """
    Serve tasks until the socket closes.

    Args:
        descriptor: The socket.

        walled: Whether to raise walls; without, only what a task may use is limited.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outer = raise_walls(before_loading()) if walled else Walls()

    from matcher.sandbox.serving import serve

    with socket.socket(fileno=descriptor) as connection:
        serve(connection, outer, walled=walled)


if __name__ == "__main__":
    main(int(sys.argv[1]), walled=sys.argv[2] == "walled")
