"""
Which network addresses may be reached on behalf of somebody else: by a webhook, or to fetch media.

Such a URL is typed in by somebody and resolved by somebody else's name server, so the name says nothing: what is
checked is the address that is then connected to, and no other. Without that, a name that answers a public address when
asked first and 127.0.0.1 when asked again (DNS rebinding) would reach what the firewall protects.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from casework.domain.errors import TargetError

Address = IPv4Address | IPv6Address

_IPV4: Final = 4

_NAT64: Final = ip_network("64:ff9b::/96")
_OWN_NAT64: Final = ip_network("64:ff9b:1::/48")
"""Carries an IPv4 address at a place that its network chose (RFC 8215), so which one cannot be told."""

_CARRIERS: Final = (_NAT64, ip_network("::ffff:0:0:0/96"), ip_network("::/96"))
"""Addresses of one in IPv4, in their last 32 bits."""

_IN_USE: Final = ip_network("2000::/3")
"""All of IPv6 that was ever given out to be reached over the internet."""

_NEVER_PUBLIC: Final = tuple(
    ip_network(one)
    for one in (
        "192.0.0.0/24",  # of protocols: NAT64 discovery, DS-Lite
        "192.88.99.0/24",  # relays of 6to4, given up in 2015
        "3fff::/20",  # for documentation, since 2024
    )
)
"""What Python takes for public, at least in some of its versions."""


def parse_address(text: str) -> Address | None:
    """Read a literal address, with or without the brackets of a URL; None if it is a name."""
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


def require_allowed(address: Address, *, allow_private: bool) -> None:
    """
    Refuse an address that must not be reached.

    Args:
        address: The one that would be connected to.

        allow_private: Whether the operator allows private and loopback addresses. Link-local ones (where clouds keep
            credentials), multicast and unspecified ones are never allowed.

    Raises:
        TargetError: Naming the address.
    """
    real = _unwrapped(address)
    if real.is_link_local or real.is_multicast or real.is_unspecified:
        message = f"{address} is link-local, multicast or unspecified; it is never reached"
        raise TargetError(message)
    if real in _OWN_NAT64:
        message = f"{address} stands for another address, and nobody can tell for which; it is never reached"
        raise TargetError(message)
    if not is_public(address) and not (allow_private and real.is_private):
        message = f"{address} is not a public address; the operator can allow private ones"
        raise TargetError(message)


def is_public(address: Address) -> bool:
    """Tell whether an address is reached over the internet."""
    if not any(address in one for one in (_IN_USE, _NAT64)) and _unmapped(address).version != _IPV4:
        return False
    real = _unwrapped(address)
    return real.is_global and not any(real in one for one in _NEVER_PUBLIC)


def _unmapped(address: Address) -> Address:
    """Return the IPv4 address that is written as one of IPv6: what is connected to is the same."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only carries it: mapped, 6to4, Teredo, NAT64, translated."""
    address = _unmapped(address)
    if isinstance(address, IPv4Address):
        return address
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in one for one in _CARRIERS) and not (address.is_loopback or address.is_unspecified):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
