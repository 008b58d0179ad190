"""Ports on the loopback interface that are one process's alone."""

from __future__ import annotations

import fcntl
import random
import socket
from collections.abc import Iterable
from io import TextIOWrapper

from aep_engines.cache import cache_folder
from aep_engines.errors import EngineFailed

HOST = "127.0.0.1"
# Linux takes the ports of outgoing connections, and those of servers that ask for any, from 32768 and more. What is
# chosen there and let go until a server is ready may be somebody else's meanwhile, and stay so.
PORTS = range(10_000, 32_768)

_kept: list[ReservedPort] = []


def own_ports(count: int) -> list[int]:
    """Different free ports that stay this process's until it ends, also while nobody listens on them.

    Raises `EngineFailed` where fewer are free.
    """
    mine = [ReservedPort("ports", random.sample(PORTS, len(PORTS))) for _ in range(count)]
    _kept.extend(mine)
    return [port.number for port in mine]


def own_port() -> int:
    """As `own_ports`, one."""
    return own_ports(1)[0]


class ReservedPort:
    """A free port of a range, kept from other processes that ask in the same way until `release`."""

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
