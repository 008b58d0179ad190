"""Entity tags and `If-Match`: nobody changes what she or he has not read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from aep_shared.errors import InvalidInput, PreconditionFailed


def entity_tag(revision: int) -> str:
    return f'"{revision}"'


def revision_in(tag: str | None) -> int | None:
    """The revision that an `If-Match` names, or `None` for any.

    Raises `InvalidInput` for anything but one of our own entity tags.
    """
    if tag is None or tag == "*":
        return None
    number = tag.strip().removeprefix('"').removesuffix('"')
    if len(number) > 10 or not (number.isascii() and number.isdecimal()):
        raise InvalidInput('If-Match is the ETag that was read, such as "3"')
    return int(number)


def require_revision(what: str, now: int, read: int | None) -> None:
    """Raises `PreconditionFailed` where `what` is at another revision than the one that was read, if one was named."""
    if read is not None and now != read:
        raise PreconditionFailed(f"the {what} is at revision {now}, not {read}")


async def _revision(
    if_match: Annotated[
        str | None,
        Header(description="The ETag that was read: the change is refused with 412 if somebody else was faster."),
    ] = None,
) -> int | None:
    return revision_in(if_match)


Revision = Depends(_revision)
"""The revision that a change is meant for, or `None`: a default for a parameter of a route."""
