"""The process that renders reports reaches nobody."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

_TRY = """
import socket, sys
from aep_reports.stocktaking.render import without_network
if sys.argv[2] == "apart" and not without_network():
    sys.exit(3)
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 3)
except OSError:
    sys.exit(4)
"""


@pytest.mark.parametrize(("how", "status"), [("apart", 4), ("together", 0)])
def test_a_renderer_cannot_connect_even_to_its_own_machine(how: str, status: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = str(canary.getsockname()[1])
        ended = subprocess.run([sys.executable, "-c", _TRY, port, how], timeout=60)
    if ended.returncode == 3:
        pytest.skip("this system gives no network namespace to a process that is not privileged")
    assert ended.returncode == status
