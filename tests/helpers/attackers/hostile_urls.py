"""
Addresses by which somebody might try to reach what the firewall protects: for webhooks, and for media that is fetched.

Each with what its name resolves to, where it has one. A name may answer with several addresses, or with another each
time it is asked; none of them may be reached.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class HostileUrl:
    """
    An address that must not be reached.

    Args:
        url: As it is given.

        resolves_to: What the name server says, one list a time it is asked; the last for ever.
    """

    url: str
    resolves_to: tuple[tuple[str, ...], ...] = ((),)


def _named(host: str, *addresses: str, scheme: str = "https") -> HostileUrl:
    return HostileUrl(f"{scheme}://{host}/a.jpg", (addresses,))


LITERAL = [
    HostileUrl(f"{scheme}://{host}/a.jpg")
    for scheme, host in (
        ("http", "127.0.0.1"),
        ("https", "127.0.0.1"),
        ("https", "127.0.0.1:8443"),
        ("https", "127.255.255.254"),
        ("https", "10.0.0.1"),
        ("https", "172.16.0.1"),
        ("https", "172.31.255.255"),
        ("https", "192.168.1.1"),
        ("https", "100.64.0.1"),
        ("http", "169.254.169.254"),
        ("https", "169.254.169.254"),
        ("https", "169.254.170.2"),
        ("https", "0.0.0.0"),
        ("https", "255.255.255.255"),
        ("https", "224.0.0.1"),
        ("https", "198.18.0.1"),
        ("https", "192.0.2.1"),
        ("https", "240.0.0.1"),
        ("https", "[::1]"),
        ("https", "[::]"),
        ("https", "[fe80::1]"),
        ("https", "[fd00::1]"),
        ("https", "[fec0::1]"),
        ("https", "[ff02::1]"),
        ("https", "[::ffff:127.0.0.1]"),
        ("https", "[::ffff:7f00:1]"),
        ("https", "[::ffff:169.254.169.254]"),
        ("https", "[64:ff9b::7f00:1]"),
        ("https", "[64:ff9b::a9fe:a9fe]"),
        ("https", "[2002:7f00:1::]"),
        ("https", "[2002:a9fe:a9fe::]"),
        ("https", "[2001:0:a00:1:0:0:80ff:fffe]"),
        ("https", "[2001:db8::1]"),
        ("https", "[3fff::1]"),
        ("https", "[fe80::1%25eth0]"),
        ("https", "[fe80::1%eth0]"),
        ("https", "[::127.0.0.1]"),
        ("https", "[::a9fe:a9fe]"),
        ("https", "[::ffff:0:127.0.0.1]"),
        ("https", "[::ffff:0:a9fe:a9fe]"),
        ("https", "[0:0:0:0:0:ffff:127.0.0.1]"),
        ("https", "[64:ff9b:1::a9fe:a9fe]"),
        ("https", "[64:ff9b:1:fffe:7f:0:100::]"),
        ("https", "[5f00::1]"),
        ("https", "[4000::1]"),
        ("https", "[100::1]"),
        ("https", "192.0.0.8"),
        ("https", "192.0.0.192"),
        ("https", "192.88.99.1"),
        ("https", "198.51.100.1"),
        ("https", "0.1.2.3"),
    )
]
"""Addresses as they are, and inside others."""

SPELLED_ODDLY = [
    _named("2130706433", "127.0.0.1"),
    _named("0x7f000001", "127.0.0.1"),
    _named("0x7f.0x0.0x0.0x1", "127.0.0.1"),
    _named("0177.0.0.1", "127.0.0.1"),
    _named("017700000001", "127.0.0.1"),
    _named("127.1", "127.0.0.1"),
    _named("127.0.1", "127.0.0.1"),
    _named("0", "0.0.0.0"),
    _named("127.0.0.1.", "127.0.0.1"),
    _named("①②⑦.⓪.⓪.①", "127.0.0.1"),
    _named("localhost", "127.0.0.1", "::1"),
    _named("LOCALHOST", "127.0.0.1"),
    _named("localhost.", "127.0.0.1"),
    _named("127。0。0。1", "127.0.0.1"),
    _named("127．0．0．1", "127.0.0.1"),
    _named("127｡0｡0｡1", "127.0.0.1"),
    _named("1２7.0.0.1", "127.0.0.1"),
    _named("0x7f.1", "127.0.0.1"),
    _named("0300.0250.1", "192.168.0.1"),
    _named("0xa9fea9fe", "169.254.169.254"),
    _named("2852039166", "169.254.169.254"),
    _named("169.254.43518", "169.254.169.254"),
    _named("4294967297", "0.0.0.1"),
    _named("%31%32%37.0.0.1", "127.0.0.1"),
    _named("ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "127.0.0.1"),
]
"""What a system's resolver reads as an address although it does not look like one."""

NAMED = [
    _named("metadata.google.internal", "169.254.169.254"),
    _named("inner.example.org", "10.1.2.3"),
    _named("inner.example.org", "192.168.0.10", "fd00::10"),
    _named("mapped.example.org", "::ffff:10.0.0.1"),
    _named("carried.example.org", "64:ff9b::a00:1"),
    _named("compatible.example.org", "::127.0.0.1"),
    _named("translated.example.org", "64:ff9b:1::a00:1"),
    _named("siit.example.org", "::ffff:0:10.0.0.1"),
    _named("tunnelled.example.org", "2002:a00:1::1"),
    _named("shared.example.org", "100.64.0.10"),
    _named("localhost.example.org", "::1"),
    _named("127.0.0.1.nip.example.org", "127.0.0.1"),
    _named("nobody.example.org"),
    _named("plain.example.org", "93.184.216.34", scheme="http"),
    HostileUrl("https://rebinding.example.org/a.jpg", (("127.0.0.1",), ("93.184.216.34",))),
    HostileUrl("https://rebinding.example.org/a.jpg", (("10.0.0.1", "169.254.169.254"), ("93.184.216.34",))),
]
"""Names of somebody else's name server."""

NO_PLACE = [
    HostileUrl(url, (("93.184.216.34",),))
    for url in (
        "file:///etc/passwd",
        "gopher://example.org:6379/_INFO",
        "ftp://example.org/a.jpg",
        "dict://example.org:11211/stats",
        "unix:///var/run/docker.sock",
        "data:image/png;base64,aGVsbG8=",
        "javascript:alert(1)",
        "https://user:password@example.org/a.jpg",
        "https://example.org@127.0.0.1/a.jpg",
        "https://127.0.0.1#@example.org/a.jpg",
        "https:///a.jpg",
        "https://example.org:99999/a.jpg",
        "//example.org/a.jpg",
        "example.org/a.jpg",
        "https://[::1/a.jpg",
        "https://exa mple.org/a.jpg",
        "https://example.org:0/a.jpg",
        "https://example.org:-1/a.jpg",
        "https://example.org:443:80/a.jpg",
        "https://example.org\\@127.0.0.1/a.jpg",
        "https://127.0.0.1\\@example.org/a.jpg",
        "https://example.org%2f@127.0.0.1/a.jpg",
        "https://example.org%00.127.0.0.1/a.jpg",
        "https://example.org\r\nHost: 127.0.0.1/a.jpg",
        "https://exam\tple.org/a.jpg",
        "\thttps://example.org/a.jpg",
        "https:\\\\127.0.0.1/a.jpg",
        "https:127.0.0.1/a.jpg",
        "https://[::1%25@example.org]/a.jpg",
        "https://[127.0.0.1]/a.jpg",
        "https://:443/a.jpg",
        "ldap://example.org/a.jpg",
        "s3://bucket/a.jpg",
        "jar:https://example.org!/a.jpg",
        "",
    )
]
"""What is no address of a file on the web, or hides another one."""

HOSTILE_URLS = [*LITERAL, *SPELLED_ODDLY, *NAMED, *NO_PLACE]
