"""
`python -m tools.audit ADVISORIES`: which locked libraries have a known weakness, asked without a network.

The advisories are the database of osv.dev for Python packages, a file that anybody may carry to a machine without a
network: ``all.zip`` of its ecosystem ``PyPI``, or a folder of its JSON documents (schema: ossf.github.io/osv-schema).

pip-audit asks the same database over a network and has no other way (2.10; its issue 698), so this reads it here.
Versions are compared by the library packaging, as pip does.
"""

import argparse
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_ROOT = Path(__file__).parents[1]
_LOCKS = (_ROOT / "requirements" / "run.txt", _ROOT / "requirements" / "dev.txt")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """
    One locked library that an advisory names.

    Args:
        name: Of the library.

        version: As locked.

        advisory: Its id: ``GHSA-…``, ``PYSEC-…``.

        fixed: The first versions without the weakness, as the advisory says; empty where it says none.

        summary: One line.
    """

    name: str
    version: str
    advisory: str
    fixed: tuple[str, ...]
    summary: str


def locked(lines: str) -> dict[str, str]:
    """Read the names and versions of a file of `name==version` lines; names as packages compare them."""
    return {canonicalize_name(name): version for name, version in _LOCKED.findall(lines)}


def read_advisories(place: Path) -> Iterator[Mapping[str, Any]]:
    """
    Read the documents of a folder or a zip file.

    Raises:
        OSError, ValueError: If it cannot be read, or a document is no JSON.
    """
    if place.is_dir():
        for file in sorted(place.rglob("*.json")):
            yield json.loads(file.read_bytes())
        return
    with zipfile.ZipFile(place) as archive:
        for name in archive.namelist():
            if name.endswith(".json"):
                yield json.loads(archive.read(name))


def audit(libraries: Mapping[str, str], advisories: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """
    Find the libraries that advisories name at their locked version.

    Args:
        libraries: Version by name, as `locked` returns them.

        advisories: Documents of osv.dev; withdrawn ones count for nothing.
    """
    found = set()
    for advisory in advisories:
        if "withdrawn" in advisory:
            continue
        for affected in advisory.get("affected", ()):
            package = affected.get("package", {})
            name = canonicalize_name(str(package.get("name", "")))
            version = libraries.get(name)
            if package.get("ecosystem") != "PyPI" or version is None or not _is_affected(version, affected):
                continue
            summary = str(advisory.get("summary") or advisory.get("details") or "").strip().partition("\n")[0]
            found.add(Finding(name, version, str(advisory["id"]), _fixed(affected), summary[:200]))
    return sorted(found)


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    return any(_is_in(Version(version), each["events"]) for each in _ranges(affected))


def _is_in(version: Version, events: Iterable[Mapping[str, str]]) -> bool:
    """Follow the events of a range in the order of versions, as the schema says."""
    inside = False
    for event in events:
        for kind, text in event.items():
            try:
                at = Version("0" if text == "0" else text)
            except InvalidVersion:
                continue
            if kind == "introduced" and version >= at:
                inside = True
            elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
                inside = False
    return inside


def _fixed(affected: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(event["fixed"] for each in _ranges(affected) for event in each["events"] if "fixed" in event)


def _ranges(affected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in affected.get("ranges", ()) if each.get("type") == "ECOSYSTEM"]


def main(arguments: list[str] | None = None) -> int:
    """Audit the locks, or the files named; exit 1 where a weakness is known, 2 where the advisories cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__.splitlines()[1])
    parser.add_argument("advisories", type=Path, help="all.zip of osv.dev's PyPI ecosystem, or a folder of documents")
    parser.add_argument("locks", type=Path, nargs="*", default=_LOCKS, help="files of name==version lines")
    options = parser.parse_args(arguments)
    libraries: dict[str, str] = {}
    for file in options.locks:
        libraries |= locked(file.read_text())
    try:
        found = audit(libraries, read_advisories(options.advisories))
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"error: {options.advisories} cannot be read: {error}\n")
        return 2
    for one in found:
        remedy = f"fixed in {', '.join(one.fixed)}" if one.fixed else "no fixed version is named"
        sys.stdout.write(f"{one.name} {one.version}  {one.advisory}  {remedy}  {one.summary}\n")
    sys.stdout.write(f"{len(libraries)} libraries, {len(found)} known weaknesses\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
