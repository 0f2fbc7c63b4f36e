"""
What of an answer is the same in every recording: all but ids, times, secrets and places on this machine.

Invariant: each id, cursor or receipt becomes a numbered name in the order it is first met (`case_1`), so who refers to
whom is still compared. Key order is not: objects are walked by sorted key.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from difflib import unified_diff
from math import isclose
from typing import Any

_ID = re.compile(r"\b([a-z]{2,5})_[0-9A-HJKMNP-TV-Z]{25}\b")
_RECEIPT = re.compile(r"\bSD-[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}\b")
_MADE_BEFORE_IDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(sdk|rcpt)_[\w-]{43}"), r"<\1 secret>"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]{44}"), "<whsec secret>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00| UTC)?"), "<time>"),
    (re.compile(r"\bcli:[\w.-]+"), "cli:<user>"),
    (re.compile(r"127\.0\.0\.1:\d{4,5}\b"), "127.0.0.1:<port>"),
    (re.compile(r"\b[0-9a-f]{400,}\b"), "<features>"),
    (re.compile(r"\b[0-9a-f]{16}(?= is the newest)"), "<key of the ring>"),
    (re.compile(r"try again in \d+ s\b"), "try again in <seconds> s"),
)
_ANYWHERE = {
    "index_files": "<files>",
    "offset": "<offset>",
    "request_id": "<request>",
    "sandbox": "<walls of this kernel>",
    "segment": "<segment>",
}
"""
Fields that differ: where a line of an export stands, as lines about different things are written at once; the name of
a file of the index, and how many of them an erasure wrote again, as sealing goes on; which walls this kernel has.
"""

_OFFSET = (re.compile(r'"offset": \d+'), "<offset>")

_ID_TIME_CHARACTERS = 9
_RELATIVE_TOLERANCE = 1e-6
"""Floats may differ so far between processors; whoever computes something else differs by more."""


class Names:
    """
    Names for what differs between recordings; one for each recording.

    Args:
        places: Text that is replaced wherever it stands: folders of this machine.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = sorted(places.items(), key=lambda place: -len(place[0]))
        self._named: dict[str, str] = {}
        self._count: defaultdict[str, int] = defaultdict(int)

    def normal(self, value: object) -> object:
        """Return JSON with everything that differs between recordings named."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.normal(one) for one in self._in_settled_order(value)]
        if isinstance(value, dict):
            return {self.text(key): _ANYWHERE.get(key) or self.normal(value[key]) for key in sorted(value)}
        return value

    def text(self, value: str) -> str:
        """Do the same with text."""
        for place, name in self._places:
            value = value.replace(place, name)
        for pattern, name in _MADE_BEFORE_IDS:
            value = pattern.sub(name, value)
        value = _ID.sub(lambda found: self._name(found[0], found[1]), value)
        return _RECEIPT.sub(lambda found: self._name(found[0], "receipt"), value)

    def _in_settled_order(self, items: list[object]) -> list[object]:
        """Sort items whose ids were made at the same moment by what they say: their ids order them by chance."""
        moments = [_moment(one) for one in items]
        if len(items) < 2 or not all(moments) or moments != sorted(moments):
            return items
        return sorted(items, key=lambda one: (_moment(one), self._known(json.dumps(one, sort_keys=True))))

    def _known(self, text: str) -> str:
        """Return text with the names of ids that have one, and without what else differs between recordings."""
        for pattern, name in (*_MADE_BEFORE_IDS, _OFFSET):
            text = pattern.sub(name, text)
        return _ID.sub(lambda found: self._named.get(found[0], found[1]), text)

    def _name(self, given: str, kind: str) -> str:
        if given not in self._named:
            self._count[kind] += 1
            self._named[given] = f"{kind}_{self._count[kind]}"
        return self._named[given]


def _moment(item: object) -> str:
    """Return the part of an item's id that tells when it was made; empty where it has none."""
    found = item.get("id", item.get("media_id")) if isinstance(item, dict) else None
    if not isinstance(found, str) or _ID.fullmatch(found) is None:
        return ""
    return found.partition("_")[2][:_ID_TIME_CHARACTERS]


def as_recorded(answer: object, recorded: object) -> object:
    """Return an answer in which floats that differ only by rounding are those recorded."""
    if isinstance(answer, float) and isinstance(recorded, float):
        return recorded if isclose(answer, recorded, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-9) else answer
    if isinstance(answer, dict) and isinstance(recorded, dict):
        return {key: as_recorded(one, recorded.get(key)) for key, one in answer.items()}
    if isinstance(answer, list) and isinstance(recorded, list) and len(answer) == len(recorded):
        return [as_recorded(one, other) for one, other in zip(answer, recorded, strict=True)]
    return answer


def differences(answers: list[dict[str, object]], recorded: list[dict[str, object]]) -> str:
    """Return what differs, for a person to read: each request by name, with a unified diff; empty if nothing does."""
    told = []
    for number in range(max(len(answers), len(recorded))):
        was = recorded[number] if number < len(recorded) else {}
        now: Any = as_recorded(answers[number], was) if number < len(answers) else {}
        if now != was:
            lines = unified_diff(_lines(was), _lines(now), "recorded", "now", lineterm="", n=4)
            told.append("\n".join([f"{number + 1}. {(was or now)['asked']}", *lines]))
    return "\n\n".join(told)


def _lines(value: object) -> list[str]:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False).splitlines()
