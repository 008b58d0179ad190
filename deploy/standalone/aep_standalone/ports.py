"""A loopback port that is ours from the moment it is chosen."""

from __future__ import annotations

import socket


def reserved_port() -> socket.socket:
    """A socket bound to a free loopback port, which nobody else is given while it is open.

    It does not listen, and both sides set SO_REUSEADDR, so a server of this process may listen on the port.
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved
