"""TLS and SASL against a real broker: what the address says is what the broker asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from aep_engines import EngineMissing
from aep_shared.eventlog import event_log
from aep_shared.eventlog.port import LogUnavailable, Record, TopicSpec
from tests.conftest import leave_out
from tests.shared.eventlog.secure_broker import PASSWORD, SecureBroker
from tests.shared.eventlog.sides import opened, read_all

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
async def broker(scratch: Path) -> AsyncIterator[SecureBroker]:
    broker = SecureBroker(scratch / "secure")
    try:
        await broker.start()
    except EngineMissing as missing:
        leave_out("engines", str(missing))
    yield broker
    broker.stop()


@pytest.mark.parametrize(("encrypted", "sasl"), [(True, "plain"), (True, "scram-sha-512"), (False, "scram-sha-256")])
async def test_records_pass_with_each_way_to_sign_in(broker: SecureBroker, encrypted: bool, sasl: str) -> None:
    login = f"aep:{quote(PASSWORD, safe='')}"
    url = f"kafka://{login}@{broker.clear}?sasl={sasl}"
    if encrypted:
        url = f"kafka+ssl://{login}@{broker.encrypted}?sasl={sasl}&ca={broker.ca}"
    topic = f"aep.test.{sasl}.{encrypted}.v1"
    async with opened(event_log(url)) as log:
        await log.create_topics([TopicSpec(topic, 1)])
        await log.append([Record(topic, 0, "k", b"1")])
        assert [r.value for r in await read_all(log, topic)] == [b"1"]


@pytest.mark.parametrize(
    "wrong", ["aep:wrong@{place}?sasl=plain&ca={ca}", "{place}?ca={ca}", "aep:{password}@{place}?sasl=plain"]
)
async def test_a_wrong_password_none_and_an_unknown_authority_are_refused(broker: SecureBroker, wrong: str) -> None:
    secret = quote(PASSWORD, safe="")
    url = "kafka+ssl://" + wrong.format(place=broker.encrypted, ca=broker.ca, password=secret) + "&timeout=2"
    log = event_log(url)
    with pytest.raises(LogUnavailable, match=broker.encrypted) as raised:
        await log.open()
    assert secret not in str(raised.value)
    assert "wrong@" not in str(raised.value)
    await log.close()
