"""Who a request comes from: the peer of the connection, or the address that a trusted proxy gives for it."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOCAL = ip_address("127.0.0.1")
_MOST_PROXIES = 10
_NETWORK_BITS = {4: 24, 6: 64}


def networks(text: str) -> tuple[Network, ...]:
    """Networks separated by commas, such as `127.0.0.0/8, ::1/128`.

    Raises `ValueError`.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def client_address(request: Request, trusted: Sequence[Network]) -> Address:
    """The nearest address that is no trusted proxy; each of those adds its peer at the end of `X-Forwarded-For`.

    What stands before the first stranger in that header was written by the stranger and is never looked at.
    """
    address = _parsed(request.client.host) if request.client else _LOCAL
    hops = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
    for hop in reversed(hops[-_MOST_PROXIES:]):
        if address is None or not any(address in network for network in trusted):
            break
        address = _parsed(hop) or address
    return address or _LOCAL


def network_of(address: Address) -> Network:
    """The network that one customer usually has: /24, or /64 of IPv6."""
    return ip_network(f"{address}/{_NETWORK_BITS[address.version]}", strict=False)


def peer_of(host: str, trusted: Sequence[Network]) -> str | None:
    """Whose connection this is: an address, or a network of IPv6, of which everybody has one; `None` for a proxy."""
    address = _parsed(host)
    if address is None or any(address in network for network in trusted):
        return None
    return str(network_of(address) if address.version == 6 else address)


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
