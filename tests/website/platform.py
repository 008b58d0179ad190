"""The embedded platform as a visitor and its people meet it: by address and one-time links."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aep_engines.ports import own_port

READY_SECONDS = 180


@dataclass(frozen=True)
class DemoPlatform:
    """Where it answers, and the one-time links that it printed, by role."""

    address: str
    links: dict[str, list[str]]
    mailbox: str


@contextlib.contextmanager
def demo_platform(folder: Path) -> Iterator[DemoPlatform]:
    """`aep up` with demo data until the block ends."""
    port = own_port()
    command = [str(Path(sys.executable).parent / "aep"), "up", "--port", str(port), "--data", str(folder / "data")]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AEP_")}
    output = folder / "output"
    with output.open("wb") as out, (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=out, stderr=log, env=environ, start_new_session=True)
    try:
        yield _ready(process, output, folder / "log")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: subprocess.Popen[bytes], output: Path, log: Path) -> DemoPlatform:
    deadline = time.monotonic() + READY_SECONDS
    while (found := re.search(r"^ready (\S+)$", output.read_text(), re.M)) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"aep up is not ready: {log.read_text()[-2000:]}")
        time.sleep(0.2)
    links: dict[str, list[str]] = {}
    for role, link in re.findall(r"^sign in +(\S+) +(\S+)$", output.read_text(), re.M):
        links.setdefault(role, []).append(link)
    mailbox = re.search(r"^mailbox +(\S+)$", output.read_text(), re.M)
    assert mailbox is not None
    return DemoPlatform(found[1], links, mailbox[1])
