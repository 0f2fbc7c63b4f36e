"""
The policy as a page people read: `docs/POLICY.md`, written from the rules themselves.

    python -m casework.policy.document > docs/POLICY.md

Invariant: pure. A test compares the page with what this makes, so the two cannot part.
"""

import sys
from collections.abc import Iterable, Sequence

from casework.domain.facts import FACT_FIELDS, FactField, FactValue
from casework.policy import POLICY_RULES, POLICY_VERSION
from casework.policy.automation.trust import TRUST_RULES
from casework.policy.clauses import CLAUSES
from casework.policy.inheritance import MEDIA_FACTS
from casework.policy.minors import LEAVES_ADULT_ROUTE
from casework.policy.recommendation import HASH_ACTION_MEANINGS, OUTCOME_MEANINGS
from casework.policy.rule import Rule

_INTRODUCTION = f"""\
# The policy, version `{POLICY_VERSION}`

What Staydown recommends, for a first report and for every match alike. The rules are read from the top; the first that
applies decides, so each may assume that those above it did not. A recommendation removes nothing: a decision does, made
by a named person, or by this version of the policy where a copy of removed intimate media is certain. A moderator may
decide otherwise, and says why.

A report is **valid** when the person depicted makes it, or a representative whose mandate was verified.

This page is written by `python -m casework.policy.document` from `casework/policy/`; change the rules there.
"""

_COPIES = """\
## Copies

A copy inherits from the case of its original the facts that belong to the media (marked below) and starts with the
defaults for those of the post, except that its context counts as not yet assessed. A copy posted by the person depicted
counts as permitted. The same table is then asked; together with the strength of the evidence it gives the verdict:

| policy, on the copy's facts | exact, or near with two signals agreeing | one signal, or partial | weak |
|---|---|---|---|
| remove, and banked as `bank_context_free` | `block` | `hold`, and a case | `allow`, and a case |
| anything else but keep | `hold`, and a case | `hold`, and a case | `allow`, and a case |
| keep | `allow`, recorded | `allow`, recorded | `allow` |

Where a rule says "restricted at once" (`hold_match_only`: R05 and R06), copies are held from the report on, until a
person has decided or a limit has passed; a campaign, protected media, the never-bank list and a wide effect leave it to
a person.

Media that matches the `protected` collection is never blocked: `block` becomes `hold`; so it does where the takedown
lacks [trust](#trust). Of several matches the strictest counts. Where a person upholds a case the policy did not
answer with REMOVE, the media is banked by its facts: intimate media as `bank_context_free` if a valid report by
somebody depicted states non-consent and as `hold_match_only` otherwise, all other media as `bank_context_dependent`,
and nothing where the wrong is not in the media.
"""


_MINORS = f"""\
## People who may be under 18

The articles speak of adults, and so do the rules. Where a word or a statement says that the person depicted is, or may
be, under 18 (`minor`, sent beside the facts), no rule is asked. The case leaves for the queue `minors`, the
recommendation is `{LEAVES_ADULT_ROUTE.outcome.value}` (`{LEAVES_ADULT_ROUTE.rule}`), the policy
`{LEAVES_ADULT_ROUTE.policy.value}`. Nothing is automatic and nothing is banked; a person takes the steps that the law
asks for, and then decides `refer`. A takedown that stood before this was known is `referred`: its signals are gone, and
what it had restricted stays so.
"""

_LIFTED = """\
Media that is banked as `bank_context_free` is blocked only where nothing of this is lacking; until then its copies are
held. Who looked counts where they decided or approved, before the decision or after it. A copy that somebody looked at
and confirmed lifts all rows, for as long as that confirmation stands. What came as signals alone goes on holding by
itself: the copy that was confirmed is what blocks from then on. `context_assessed` is set by a reviewer alone.
"""

_TRYING = """\
## Trying another policy

`staydown policy replay --table FILE`, or `POST /v1/policy/replay`, says which past decisions, open cases and matches
would come out otherwise under another table. Nothing is changed by it, and what people decided is taken as it is. The
file names rules by their ids and says what of each is otherwise; what it does not say stays, the condition above all:

    {"version": "draft",
     "decision_table": [
       {"id": "R01"},
       {"id": "R07", "outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"},
       {"id": "N01", "when": {"nudity": true, "reporter": ["third_party", "none"]},
        "outcome": "NUDITY_REVIEW", "policy": "non_consensual_nudity", "hash_action": "hold_match_only",
        "reasons": ["Nobody depicted has reported this."], "trace": ["A14"]},
       {"id": "R21"}]}

Order is meaning, a rule left out is not asked, and the last one must apply to every case. A condition (`when`) is an
object of facts with a value or a list of values, all of which must hold, or a list of such objects, one of which must;
`{}` always holds. `report_is_valid` stands beside the facts. `staydown policy table --json` prints the running table as
such a file, its conditions in words, which are not read.
"""


def as_markdown() -> str:
    """Return the page."""
    parts = (_INTRODUCTION, _rules(), _meanings(), _COPIES, _trust(), _MINORS, _TRYING, _facts(), _clauses())
    return "\n".join(parts)


def _rules() -> str:
    return _section(
        "Rules",
        ["rule", "applies when", "outcome", "policy", "signals", "rests on"],
        (_rule_row(rule) for rule in POLICY_RULES),
    )


def _rule_row(rule: Rule) -> list[str]:
    flag = f", flagged `{rule.caveat.flag.value}` where in doubt" if rule.caveat else ""
    return [
        f"**{rule.id}** {rule.name.replace('_', ' ')}",
        rule.when,
        f"`{rule.outcome.value}`{flag}",
        f"`{rule.policy.value}`",
        f"`{rule.hash_action.value}`",
        ", ".join(rule.clauses),
    ]


def _meanings() -> str:
    outcomes = ([f"`{outcome.value}`", meaning] for outcome, meaning in OUTCOME_MEANINGS.items())
    actions = (
        [f"`{action.value}`", meaning, "yes" if action.is_banked else "no"]
        for action, meaning in HASH_ACTION_MEANINGS.items()
    )
    return "\n".join(
        [
            _section("Outcomes", ["outcome", "meaning"], outcomes),
            _section("Signals", ["action", "meaning", "searched"], actions),
        ]
    )


def _trust() -> str:
    rows = ([f"**{rule.id}** `{rule.lack.value}`", rule.reason, rule.remedy] for rule in TRUST_RULES)
    return f"{_section('Trust', ['row', 'what is lacking', 'what lifts it'], rows)}\n{_LIFTED}"


def _facts() -> str:
    return _section(
        "Facts",
        ["fact", "of the", "values (default first)", "meaning"],
        (_fact_row(known) for known in FACT_FIELDS.values()),
    )


def _fact_row(known: FactField) -> list[str]:
    values = sorted(known.values, key=lambda value: value != known.default)
    belongs_to = "media" if known.name in MEDIA_FACTS else "post"
    return [f"`{known.name}`", belongs_to, ", ".join(f"`{_json(value)}`" for value in values), known.description]


def _json(value: FactValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clauses() -> str:
    rows = ([name, f"“{sentence}”"] for name, sentence in CLAUSES.items())
    return _section("Sentences the rules rest on", ["name", "opening words"], rows)


def _section(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {title}\n\n{table}\n"


if __name__ == "__main__":
    sys.stdout.write(as_markdown())
