"""
Bring the catalogues of the pages up to date with what the pages say.

    python -m tools.texts            every language of api/pages/locale/*.po
    python -m tools.texts --check    change nothing; exit 1 where something is not translated

A message that is gone leaves its catalogue; one that is new, or has changed, stands in it without a translation until
somebody writes one. What is translated: the public pages, what they share with others, the sentences of receipts, and
the reasons of the policy. The console is English.
"""

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

from casework.policy import POLICY_RULES
from casework.policy.minors import LEAVES_ADULT_ROUTE

ROOT: Final = Path(__file__).parents[1]
CATALOGUES: Final = ROOT / "api" / "pages" / "locale"
TEMPLATES: Final = (ROOT / "api" / "public" / "templates", ROOT / "api" / "pages" / "templates")
SENTENCES: Final = ROOT / "api" / "views" / "whereabouts.py"
KEYWORDS: Final[dict[str, None]] = {"_": None, "Sentence": None}


def messages() -> Iterator[tuple[str, str]]:
    """Yield every message of the pages, with the file that says it."""
    reader = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])
    for folder in TEMPLATES:
        for path in sorted(folder.glob("*.html")):
            for _, _, message in reader.extract_translations(path.read_text()):  # type: ignore[attr-defined]
                yield message if isinstance(message, str) else message[0], path.relative_to(ROOT).as_posix()
    for _, message, _, _ in extract_from_file("python", SENTENCES, keywords=KEYWORDS):
        yield message if isinstance(message, str) else message[0], SENTENCES.relative_to(ROOT).as_posix()
    for rule in POLICY_RULES:
        for reason in rule.reasons:
            yield reason, "casework/policy/rules"
    for reason in LEAVES_ADULT_ROUTE.reasons:
        yield reason, "casework/policy/minors.py"


def brought_up_to_date(catalogue: Catalog) -> Catalog:
    """Return a catalogue with the messages of the pages, in their order, and the translations it had."""
    fresh = Catalog(locale=catalogue.locale)
    for text, place in messages():
        known = catalogue.get(text)
        fresh.add(text, known.string if known is not None else "", locations=[(place, 0)], flags=_flags(text))
    return fresh


def untranslated(catalogue: Catalog) -> list[str]:
    """List the messages of the pages that a catalogue does not say."""
    said = {message.id for message in catalogue if message.string and not message.fuzzy}
    return [text for text in dict.fromkeys(text for text, _ in messages()) if text not in said]


def read_catalogue(path: Path) -> Catalog:
    """Read a catalogue; its file is named for its language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def main() -> int:
    """Bring every catalogue up to date, or say what is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where something is missing")
    only_check = parser.parse_args().check
    missing = 0
    for path in sorted(CATALOGUES.glob("*.po")):
        catalogue = read_catalogue(path)
        if not only_check:
            catalogue = brought_up_to_date(catalogue)
            remarks = _remarks(path)
            with path.open("wb") as file:
                file.write(remarks.encode())
                write_po(file, catalogue, width=120, omit_header=True)
        lacking = untranslated(catalogue)
        missing += len(lacking)
        print(f"{path.relative_to(ROOT)}: {len(lacking)} messages without a translation")
        for text in lacking:
            print(f"  {text}")
    return 1 if only_check and missing else 0


def _remarks(path: Path) -> str:
    """Return what a catalogue says of itself before its first message: to whom it speaks, and how."""
    lines = itertools.takewhile(lambda line: line.startswith("# "), path.read_text().splitlines())
    return "".join(f"{line}\n" for line in lines) + "\n"


def _flags(text: str) -> list[str]:
    return ["python-format"] if "%(" in text else []


if __name__ == "__main__":
    sys.exit(main())
