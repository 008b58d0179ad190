"""`python -m tests.bench`: runs the benchmarks, prints the table, and keeps the results of full runs."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import signal
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aep_engines import EngineMissing
from aep_shared.telemetry import configure_logging
from tests.bench import report
from tests.bench.harness import LEAST_IDLE, LEAST_PAIRS, LEAST_SECONDS, Protocol, Row

ROOT = Path(__file__).parents[2]
RESULTS, PAGE = Path(__file__).with_name("results.json"), ROOT / "docs/benchmarks.md"
BENCHMARKS = {
    "write_cost": "Write cost of the outbox",
    "relay": "Relay",
    "consumer": "Consumer loop",
    "reader": "Reader",
    "startup": "Start-up",
    "idle": "Idle",
}


def main() -> None:
    options = _options()
    configure_logging("console", "WARNING")
    protocol = Protocol(options.pairs, options.seconds, options.warm_up, options.idle, options.seed)
    kept = report.load(RESULTS)
    if options.page:
        PAGE.write_text(report.page(BENCHMARKS, kept))
        return
    for name in options.only or BENCHMARKS:
        found = _run(name, protocol)
        if found is not None and protocol.binding:
            # At once: a later benchmark that fails must not cost hours of this one.
            kept[name] = found
            report.save(RESULTS, kept)
            PAGE.write_text(report.page(BENCHMARKS, kept))
    if not protocol.binding:
        print("shorter than the protocol: nothing was kept", file=sys.stderr)


def _run(name: str, protocol: Protocol) -> dict[str, Any] | None:
    module = importlib.import_module(f"tests.bench.{name}")
    try:
        rows = asyncio.run(_ended_cleanly(module.run(protocol)))
    except EngineMissing as missing:
        print(f"{name}: left out: {missing}", file=sys.stderr)
        return None
    print(f"\n{BENCHMARKS[name]}\n\n{report.table([asdict(row) for row in rows])}\n", flush=True)
    return report.result(BENCHMARKS[name], module.__doc__ or "", rows, protocol)


async def _ended_cleanly(benchmark: Coroutine[Any, Any, list[Row]]) -> list[Row]:
    """Stops the engines also where the run is terminated from outside."""
    working = asyncio.ensure_future(benchmark)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    return await working


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, help="run these benchmarks")
    parser.add_argument("--pairs", type=int, default=LEAST_PAIRS, help="pairs of A and B (default %(default)s)")
    parser.add_argument("--seconds", type=float, default=LEAST_SECONDS, help="length of a window")
    parser.add_argument("--warm-up", type=float, default=2.0, help="seconds of each side that do not count")
    parser.add_argument("--idle", type=float, default=LEAST_IDLE, help="seconds that an idle platform is watched")
    parser.add_argument("--page", action="store_true", help="write docs/benchmarks.md from what was kept, and stop")
    parser.add_argument("--seed", type=int, default=1, help="of the bootstrap")
    return parser.parse_args()


if __name__ == "__main__":
    main()
