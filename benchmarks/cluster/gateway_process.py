"""A gateway over the benchmark's record, in a process of its own: FOLDER BACKEND ADDRESS OWN-IP SOCKET."""

import asyncio
import sys
from pathlib import Path

from benchmarks.cluster.record import Record
from index.cluster.driving import drive

if __name__ == "__main__":
    folder, backend, address, own_ip, socket = sys.argv[1:]
    asyncio.run(drive(Record(Path(folder), backend), address=address, socket=Path(socket), own_ip=own_ip))
