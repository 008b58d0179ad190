"""Who a request comes from: what a stranger wrote into a header is never believed."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from starlette.requests import Request

from aep_shared.web.proxies import client_address, network_of, networks, peer_of

TRUSTED = networks("127.0.0.0/8, 10.0.0.0/8, ::1/128")


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    client = None if peer is None else (peer, 1)
    return Request({"type": "http", "headers": headers, "client": client, "method": "GET", "path": "/"})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        # Only a proxy is asked for whom it stands.
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("198.51.100.1, 10.0.0.3",), "198.51.100.1"),
        ("127.0.0.1", ("198.51.100.1", "10.0.0.3"), "198.51.100.1"),
        # What stands before the first stranger was written by the stranger.
        ("127.0.0.1", ("192.0.2.9, 198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("127.0.0.1, 198.51.100.1, 10.0.0.3",), "198.51.100.1"),
        ("::1", ("2001:db8::7",), "2001:db8::7"),
        ("::ffff:127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("::ffff:203.0.113.7", (), "203.0.113.7"),
        ("127.0.0.1", ("nonsense",), "127.0.0.1"),
        ("127.0.0.1", ("198.51.100.1, nonsense",), "198.51.100.1"),
        ("127.0.0.1", ("",), "127.0.0.1"),
        ("127.0.0.1", (", ,198.51.100.1 ,",), "198.51.100.1"),
        (None, (), "127.0.0.1"),
        ("a-socket", (), "127.0.0.1"),
    ],
)
def test_the_nearest_stranger_is_who_asks(peer: str | None, forwarded: tuple[str, ...], address: str) -> None:
    assert client_address(request(peer, *forwarded), TRUSTED) == ip_address(address)


def test_a_header_without_end_costs_no_more_than_a_few_proxies() -> None:
    hops = ", ".join(["198.51.100.1", *["10.0.0.3"] * 10])
    assert client_address(request("127.0.0.1", hops), TRUSTED) == ip_address("10.0.0.3")


def test_without_trusted_proxies_the_peer_is_who_asks() -> None:
    assert client_address(request("127.0.0.1", "198.51.100.1"), ()) == ip_address("127.0.0.1")


@pytest.mark.parametrize(
    ("address", "network"),
    [("203.0.113.7", "203.0.113.0/24"), ("2001:db8:1:2:3::7", "2001:db8:1:2::/64"), ("0.0.0.0", "0.0.0.0/24")],
)
def test_a_customer_has_a_network(address: str, network: str) -> None:
    assert network_of(ip_address(address)) == ip_network(network)


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::7", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", None),
        ("::1", None),
        ("a-socket", None),
    ],
)
def test_connections_are_counted_for_strangers_alone(host: str, peer: str | None) -> None:
    assert peer_of(host, TRUSTED) == peer


@pytest.mark.parametrize(("text", "count"), [("", 0), (" , ", 0), ("127.0.0.1", 1), (" 10.0.0.0/8 ,::1/128,", 2)])
def test_networks_stand_with_commas_between_them(text: str, count: int) -> None:
    assert len(networks(text)) == count


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0;::1"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        networks(text)
