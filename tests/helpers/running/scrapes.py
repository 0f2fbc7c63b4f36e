"""What `/metrics` answers, read as Prometheus reads it."""

from collections.abc import Mapping
from typing import TypeAlias

import httpx2
from prometheus_client.parser import text_string_to_metric_families

Series: TypeAlias = tuple[str, frozenset[tuple[str, str]]]
"""A name as it is scraped, and its labels."""


def series(name: str, **labels: str) -> Series:
    """Name one series."""
    return name, frozenset(labels.items())


def parsed(text: str) -> dict[Series, float]:
    """Read an answer; a series that comes twice is an error to Prometheus, and here."""
    found: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            one = series(sample.name, **sample.labels)
            assert one not in found, one
            found[one] = sample.value
    return found


def scraped(url: str) -> dict[Series, float]:
    """Scrape a server."""
    response = httpx2.get(f"{url}/metrics", timeout=60)
    assert response.status_code == 200, response.text
    return parsed(response.text)


def total(values: Mapping[Series, float], name: str, **labels: str) -> float:
    """Add up the series of a name that have these labels, whatever their others."""
    wanted = set(labels.items())
    return sum(value for (one, its), value in values.items() if one == name and wanted <= its)
