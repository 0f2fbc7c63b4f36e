"""Stores of objects, one file a protocol; each needs a library that is an extra, and loads it where it is opened."""

from importlib.util import find_spec
from typing import Final

from api.stores.base import Store
from api.stores.gcs import GoogleStore
from api.stores.s3 import S3Store

STORES: Final[dict[str, type[Store]]] = {"s3": S3Store, "gs": GoogleStore}
"""By the scheme of their addresses."""


def is_installed(module: str) -> bool:
    """Tell whether a library is there that a store needs."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # nor is the package it is in
        return False
