"""The files of the signing keys: which one signs when, and what may be withdrawn."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from aep_registry.errors import LastKey, NoSuchKey
from aep_registry.identity.keys import PUBLISH_BEFORE_USE_SECONDS, SigningKeys
from aep_shared.access.seals import Seals
from aep_shared.contracts.topics import SUBJECT
from aep_shared.eventlog.port import StoredRecord
from tests.shared.flowing import event, keys_in


@pytest.fixture
def keys(tmp_path: Path) -> SigningKeys:
    made = SigningKeys(tmp_path / "keys")
    made.ensure()
    return made


def published_since(keys: SigningKeys, folder: Path, kid: str, seconds: float) -> str:
    """A key as if it had been added so long ago; its id, which is made of the key itself."""
    for number, path in enumerate(sorted(folder.glob("*.pem"))):
        if keys.public()["keys"][number]["kid"] == kid:
            path.rename(folder / f"{time.time_ns() - int(seconds * 1e9):020d}.pem")
    return kid


def kids(keys: SigningKeys) -> list[str]:
    return [key["kid"] for key in keys.public()["keys"]]


def test_the_first_key_of_an_installation_signs_at_once_and_is_made_once(keys: SigningKeys, tmp_path: Path) -> None:
    (first,) = kids(keys)
    assert keys.signing().kid == first
    keys.ensure()
    assert kids(keys) == [first]
    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()] == [0o600]


def test_a_key_signs_once_every_service_has_had_the_time_to_know_it(keys: SigningKeys, tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = published_since(keys, folder, kids(keys)[0], PUBLISH_BEFORE_USE_SECONDS * 3)
    second = published_since(keys, folder, keys.add(), PUBLISH_BEFORE_USE_SECONDS - 60)
    assert keys.signing().kid == first
    second = published_since(keys, folder, second, PUBLISH_BEFORE_USE_SECONDS + 1)
    assert keys.signing().kid == second
    third = keys.add()
    assert keys.signing().kid == second
    assert kids(keys) == [first, second, third]


def test_of_keys_that_are_all_too_young_the_oldest_signs(keys: SigningKeys) -> None:
    (first,) = kids(keys)
    keys.add()
    assert keys.signing().kid == first


def test_a_withdrawn_key_neither_signs_nor_is_known(keys: SigningKeys) -> None:
    first, second = kids(keys)[0], keys.add()
    keys.withdraw(first)
    assert kids(keys) == [second]
    assert keys.signing().kid == second
    with pytest.raises(NoSuchKey, match=f"there are {second}"):
        keys.withdraw(first)
    with pytest.raises(LastKey):
        keys.withdraw(second)
    assert kids(keys) == [second]


async def test_what_is_public_holds_no_private_half(keys: SigningKeys) -> None:
    (shown,) = keys.public()["keys"]
    assert set(shown) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (shown["kty"], shown["crv"], shown["use"], shown["alg"]) == ("OKP", "Ed25519", "sig", "Ed25519")
    found = await keys.find(shown["kid"])
    assert found is not None
    assert found.kid == shown["kid"]
    assert await keys.find("another") is None


async def test_what_it_seals_is_believed_until_its_key_is_withdrawn(keys: SigningKeys) -> None:
    sealed = keys.seal(event(SUBJECT, keys_in(SUBJECT, 0, 1)[0], 1, b"{}"))
    record = StoredRecord(sealed.topic, sealed.partition, sealed.key, sealed.value, sealed.headers, offset=0)
    assert await Seals(keys).believes(record)
    first, _second = kids(keys)[0], keys.add()
    keys.withdraw(first)
    assert not await Seals(keys).believes(record)
