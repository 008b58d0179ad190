"""Child processes that read what comes from outside: they are told nothing of their parent, and reach nobody."""

from __future__ import annotations

import ctypes
import os
import sys

# Nothing but where programs are, so that no secret can leak from a child.
CHILD_ENVIRON = {"PATH": os.defpath, "LANG": "C.UTF-8"}
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> bool:
    """Moves this process into a network namespace of its own; whether the system allowed that.

    Where it did not, as in some containers, a line on the standard error says so: then only what the child is made of
    stands before the network.
    """
    left = bool(ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
    if not left:
        print("this system gives a child process no network namespace of its own", file=sys.stderr)
    return left
