"""Commands on the signing keys, on the machine that holds them: `add-key` and `withdraw-key ID`."""

from __future__ import annotations

import argparse
import sys

from aep_registry.errors import LastKey, NoSuchKey
from aep_registry.identity.keys import PUBLISH_BEFORE_USE_SECONDS, SigningKeys
from aep_registry.settings import RegistrySettings
from aep_shared.access import audit
from aep_shared.service.platform import Platform


async def add_key(platform: Platform, arguments: list[str]) -> int:
    """Adds a key, which signs once every service has had the time to know it."""
    argparse.ArgumentParser(prog="python -m aep_registry add-key").parse_args(arguments)
    kid = _keys(platform).add()
    await _note(platform, "add-key", kid)
    print(f"added {kid}; it signs in {PUBLISH_BEFORE_USE_SECONDS // 60} minutes")
    return 0


async def withdraw_key(platform: Platform, arguments: list[str]) -> int:
    """Withdraws a key: within a minute no service accepts what it signed, so who is signed in by it signs in anew."""
    parser = argparse.ArgumentParser(prog="python -m aep_registry withdraw-key")
    parser.add_argument("kid", help="id of the key, as /api/registry/v1/keys lists it")
    kid = parser.parse_args(arguments).kid
    try:
        _keys(platform).withdraw(kid)
    except (NoSuchKey, LastKey) as problem:
        print(f"aep_registry: {problem}", file=sys.stderr)
        return 1
    await _note(platform, "withdraw-key", kid)
    print(f"withdrew {kid}")
    return 0


def _keys(platform: Platform) -> SigningKeys:
    assert isinstance(platform.settings, RegistrySettings)
    return SigningKeys(platform.settings.keys_dir)


async def _note(platform: Platform, action: str, kid: str) -> None:
    async with platform.database.transaction() as session:
        await audit.record(session, audit.MACHINE, action, "key", kid)
    await platform.database.close()
