"""Free ports on the loopback interface."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Iterable
from contextlib import ExitStack
from io import TextIOWrapper

from aep_engines.cache import cache_folder
from aep_engines.errors import EngineFailed

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Different ports that the kernel says are free now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]


class ReservedPort:
    """A free port of a narrow range, kept from other processes that ask in the same way until `release`."""

    def __init__(self, name: str, among: Iterable[int]) -> None:
        self._lock: TextIOWrapper | None = None
        for port in among:
            if self._take(port):
                self.number = port
                return
        raise EngineFailed(name, "no free port in its range")

    def _take(self, port: int) -> bool:
        lock = (cache_folder() / f".port-{port}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
        except OSError:
            lock.close()
            return False
        self._lock = lock
        return True

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
