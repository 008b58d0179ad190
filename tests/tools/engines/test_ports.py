"""A port that was chosen for a server is still free when the server begins, however late it does."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack

from aep_engines.ports import HOST, PORTS, own_ports


def test_ports_of_one_process_differ_and_are_not_given_again() -> None:
    assert len({*own_ports(20), *own_ports(20)}) == 40


def test_another_process_is_given_none_of_ours() -> None:
    ours = own_ports(3)
    ask = f"from aep_engines.ports import ReservedPort; print(ReservedPort('test', {[*ours, PORTS.start]}).number)"
    answer = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True, timeout=60)
    assert int(answer.stdout) not in ours


def test_the_kernel_gives_none_of_them_to_whoever_asks_for_any() -> None:
    """Neither to a server nor for an outgoing connection."""
    with ExitStack() as open_ones:
        server = open_ones.enter_context(socket.create_server((HOST, 0), backlog=200))
        taken = {server.getsockname()[1]}
        for _ in range(200):
            taken.add(open_ones.enter_context(socket.create_connection(server.getsockname())).getsockname()[1])
            taken.add(open_ones.enter_context(socket.create_server((HOST, 0))).getsockname()[1])
        assert not taken & set(PORTS)
