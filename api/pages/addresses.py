"""Which addresses are pages, and so answer in HTML: everything else of the service answers in JSON."""

from typing import Final

PAGES: Final = ("/console", "/report", "/receipt")
"""The first part of their paths; what lies below one of these is a page too."""

TRANSLATED: Final = ("/report", "/receipt")
"""Those of people who did not choose to work here. The others are English."""


def is_translated(path: str) -> bool:
    """Tell whether a page is shown in the language of whoever asks."""
    return any(path == page or path.startswith(f"{page}/") for page in TRANSLATED)


def is_page(path: str) -> bool:
    """Tell whether a path is that of a page."""
    return any(path == page or path.startswith(f"{page}/") for page in PAGES)
