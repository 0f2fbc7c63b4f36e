"""The matcher compares; what a copy means is not its business, and not in its words."""

import io
import re
import tokenize
from pathlib import Path

import matcher

RESULTS = re.compile(r"benchmarks/results/\S+")
"""Files of measurements are cited by their names, whatever these are."""

FOREIGN = re.compile(r"upload|takedown|moderator|look-?back|removed (?:picture|video|media)|\breport(?:ed|er)\b", re.I)


def test_matcher_has_no_word_of_uploads_and_takedowns() -> None:
    """Whoever reuses it for another purpose finds queries, references and facts; casework writes the sentences."""
    (folder,) = matcher.__path__
    files = sorted(Path(folder).rglob("*.py"))
    assert len(files) > 40
    found = [
        f"{file.relative_to(folder)}:{token.start[0]}: {word[0]}"
        for file in files
        for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline)
        if (word := FOREIGN.search(RESULTS.sub("", token.string)))
    ]
    assert found == []
