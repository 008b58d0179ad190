"""Why an engine or validator cannot be used on this machine."""

from __future__ import annotations

from collections.abc import Sequence


class EngineMissing(Exception):
    """Something that the engine needs is not on this machine. Tests leave it out, unless they are told to
    require it.
    """

    def __init__(self, name: str, what_to_install: str) -> None:
        self.name = name
        self.what_to_install = what_to_install
        super().__init__(f"{name} is missing: {what_to_install}")


class EngineFailed(Exception):
    """The engine is there and did not work; `tail` holds the last lines that it wrote."""

    def __init__(self, name: str, reason: str, tail: Sequence[str] = ()) -> None:
        self.name = name
        self.reason = reason
        self.tail = list(tail)
        super().__init__("\n".join([f"{name}: {reason}", *self.tail]))
