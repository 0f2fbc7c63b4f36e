"""The library that speaks HTTP: httpx2, or httpx where Python is too old for it. What is used of them is the same."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2 as http
else:
    try:
        import httpx2 as http
    except ImportError:
        import httpx as http

__all__ = ["http"]
