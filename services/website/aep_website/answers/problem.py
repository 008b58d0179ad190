"""What an API answers where it does not do what was asked: problem details (RFC 9457)."""

from __future__ import annotations

from aep_website.answers.base import Answered


class FieldProblem(Answered):
    """What is wrong with a field of what was sent."""

    field: str = ""


class ProblemDocument(Answered):
    """Problem details (RFC 9457), as far as pages use them."""

    code: str = "unknown"
    detail: str = ""
    reason: str | None = None
    """Why something was removed or withdrawn."""
    errors: list[FieldProblem] = []
