"""Which machines data may be fetched from: public addresses, and those of the inner network that the operator names.

Where to fetch is written on a page. Without this a page could make the server ask itself, its database or its neighbours and
show what they answer. The address that was judged is the one that is called, so that a name cannot change between.
"""

import ipaddress
import socket

from django.conf import settings

from wangge.kernel.errors import Refusal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Of the NAT64 prefix: the last 32 bits are an IPv4 address that a gateway calls.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check(host: str) -> str:
    """The sentence of what is wrong with a host as it is written, or "". Names are judged when they are called."""
    if not host or "," in host or host.startswith(("/", "@")):
        return "地址中应写明一台主机的名称或 IP 地址。"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return _closed(host) if host.casefold().rstrip(".").endswith("localhost") and not _named(host) else ""
    return "" if _allowed(host, address) else _closed(host)


def address_of(host: str, port: int) -> str:
    """The address to call for a host. `Refusal` when there is none, or one of them is not allowed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refusal("source_unreachable", f"找不到主机“{host}”。请与来源单位核对地址。", status=409) from None
    addresses = [str(one[4][0]) for one in found]
    if not all(_allowed(host, ipaddress.ip_address(a.partition("%")[0])) for a in addresses):
        raise Refusal("not_reachable", _closed(host), status=409)
    return addresses[0]


def _allowed(host: str, address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped
        address = inner or address
    return (address.is_global and not address.is_multicast) or _named(host, address)


def _named(host: str, address: Address | None = None) -> bool:
    """Whether the operator's list has the name, the address or a network around it."""
    for entry in filter(None, (e.strip() for e in settings.EXCHANGE_HOSTS)):
        if entry.casefold() == host.casefold():
            return True
        try:
            network = ipaddress.ip_network(entry, strict=False)
        except ValueError:
            continue
        if address is not None and address.version == network.version and address in network:
            return True
    return False


def _closed(host: str) -> str:
    return (
        f"主机“{host}”在本机或内部网络，没有列入允许取数的范围。"
        "确为来源单位的系统时，请运维人员把它加入 WANGGE_EXCHANGE_HOSTS 后再试。"
    )
