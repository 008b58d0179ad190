"""What a child process is told of its parent: nothing but where programs are, so that no secret can leak from it."""

from __future__ import annotations

import os

CHILD_ENVIRON = {"PATH": os.defpath, "LANG": "C.UTF-8"}
