"""
Which network addresses may be reached on behalf of somebody else: by a webhook, or to fetch media.

Such a URL is typed in by somebody and resolved by somebody else's name server, so the name says nothing: what is
checked is the address that is then connected to, and no other. Without that, a name that answers a public address when
asked first and 127.0.0.1 when asked again (DNS rebinding) would reach what the firewall protects.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from casework.domain.errors import TargetError

Address = IPv4Address | IPv6Address

_NAT64 = ip_network("64:ff9b::/96")


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
    if not is_public(address) and not (allow_private and real.is_private):
        message = f"{address} is not a public address; the operator can allow private ones"
        raise TargetError(message)


def is_public(address: Address) -> bool:
    """Tell whether an address is reached over the internet."""
    real = _unwrapped(address)
    site_local = isinstance(real, IPv6Address) and real.is_site_local  # given up in 2004, and global to Python
    return real.is_global and not site_local


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one that only carries it: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
