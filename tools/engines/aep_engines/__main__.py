"""The command: `fetch` fills the cache, `run` runs an engine until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from aep_engines.catalog import FETCHERS
from aep_engines.errors import EngineFailed, EngineMissing
from aep_engines.kafka import Kafka
from aep_engines.opensearch import OpenSearch

ENGINES = ("kafka", "opensearch")


def main(words: list[str]) -> int:
    arguments = _parser().parse_args(words)
    try:
        return _fetch(arguments.names) if arguments.command == "fetch" else _run(arguments)
    except EngineFailed as problem:
        print(problem, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aep_engines", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("fetch", help="fetch what is named, or everything, into the cache")
    fetch.add_argument("names", nargs="*", metavar="name", help=", ".join(FETCHERS))
    run = commands.add_parser("run", help="run an engine until it is interrupted")
    run.add_argument("engine", choices=ENGINES)
    run.add_argument("--port", type=int, help="a free one when left out")
    run.add_argument("--data", type=Path, required=True, help="the folder that keeps its data")
    return parser


def _fetch(names: list[str]) -> int:
    """Fetches all that it can; what is missing is told and makes the exit status 1."""
    unknown = set(names) - set(FETCHERS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(FETCHERS)}", file=sys.stderr)
        return 2
    status = 0
    for name in names or FETCHERS:
        try:
            print(f"{name}: {FETCHERS[name]()}")
        except EngineMissing as problem:
            print(problem, file=sys.stderr)
            status = 1
    return status


def _run(arguments: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kind = Kafka if arguments.engine == "kafka" else OpenSearch
    try:
        with kind(arguments.data, port=arguments.port) as engine:
            print(engine.bootstrap_servers if isinstance(engine, Kafka) else engine.url, flush=True)
            signal.pause()
    except EngineMissing as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
