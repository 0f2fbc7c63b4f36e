"""
What the site has beside `docs/`: the pages that lie elsewhere in the repository, with links that lead to each other.

`mkdocs.yml` names this file as its hook. A page is read where it lies and nowhere copied to; a link to a file that is
no page of the site, such as a module, keeps its words and loses its address. `mkdocs build --strict` fails on every
other link that leads nowhere.
"""

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = "docs"

ELSEWHERE: Final = {
    "README.md": "index.md",
    "client/README.md": "client.md",
    "examples/README.md": "examples.md",
    "benchmarks/README.md": "benchmarks.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages outside `docs/`, each with its name on the site."""

_LINK: Final = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere."""
    for source, name in ELSEWHERE.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where their pages are on the site."""
    source = {name: source for source, name in ELSEWHERE.items()}.get(page.file.src_uri)
    return with_links(markdown, source or f"{DOCS}/{page.file.src_uri}", lambda name: name in files.src_uris)


def with_links(markdown: str, source: str, is_there: Callable[[str], bool]) -> str:
    """
    Rewrite the links of a page.

    Args:
        markdown: The page.

        source: Where it lies in the repository.

        is_there: Tells whether the site has a file of a name.
    """
    here = posixpath.dirname(ELSEWHERE.get(source) or source.removeprefix(f"{DOCS}/"))

    def rewritten(link: re.Match[str]) -> str:
        image, words, address = link.groups()
        path, hash_sign, anchor = address.partition("#")
        if not path or ":" in path:
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        name = ELSEWHERE.get(target) or target.removeprefix(f"{DOCS}/")
        if is_there(name):
            return f"{image}[{words}]({posixpath.relpath(name, here or '.')}{hash_sign}{anchor})"
        return words

    return _LINK.sub(rewritten, markdown)
