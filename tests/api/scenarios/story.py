"""What people did, told again without the service."""

from collections.abc import Iterable, Mapping

from casework.domain.cases.decision import Decision, DecisionOutcome


class Story:
    """
    What people did, told again without the service: which takedowns stand, and what was said of each upload's matches.

    It reads no state the service keeps about that: neither takedowns' states, nor who confirmed or dismissed a match.
    """

    def __init__(self) -> None:
        self.standing: set[str] = set()
        self.interim: dict[str, str] = {}
        self.referred: set[str] = set()
        self.learned: set[str] = set()
        self._begun_by: dict[str, str] = {}
        self._said: dict[tuple[str, str], tuple[str, str]] = {}
        self._decided_by: dict[str, set[str]] = {}
        self._about: dict[str, str] = {}
        self._looks: set[tuple[str, str]] = set()
        self._confirmed: dict[str, dict[str, set[str]]] = {}
        self.signed: set[str] = set()

    def looked(self, person: str, media: Iterable[str]) -> None:
        """Note who has looked at which pictures."""
        self._looks |= {(person, one) for one in media}

    def is_trusted(self, takedown: str, pictures: Mapping[str, str], notices: Mapping[str, str]) -> bool:
        """
        Say whether copies of a takedown may be blocked: a copy was seen and confirmed, or notice and look are there.

        Args:
            takedown: That stands, upheld.

            pictures: By case or upload, the picture it is about.

            notices: By case, the report's case whose notice counts.
        """
        for upload, people in self._confirmed.get(takedown, {}).items():
            if any((person, pictures[upload]) in self._looks for person in people):
                return True
        case = self._about[takedown]
        seen = any((person, pictures[case]) in self._looks for person in self._decided_by[takedown])
        return seen and notices[case] in self.signed

    def is_settled(self, upload_id: str, takedown: str) -> bool:
        """Tell whether a person said of an upload whether it is a copy."""
        return (upload_id, takedown) in self._said

    def restricted(self, case_id: str, takedown: str, decision_id: str) -> None:
        """Note that a report was restricted at once."""
        self.standing.add(takedown)
        self.interim[case_id] = takedown
        self._begun_by[decision_id] = takedown

    def released(self, case_id: str) -> None:
        """Note that what was restricted at once is not any more: rejected, learned better, or past its limit."""
        if case_id in self.interim:
            self.taken_back(self.interim[case_id])

    def took_effect(
        self, decision: Decision, upload_id: str | None, matched: list[str], *, named: str | None = None
    ) -> None:
        """Note a decision about a report, which may name an upload, or about an upload that matched these takedowns."""
        if decision.outcome is DecisionOutcome.UPHOLD:
            people = {decision.decided_by, *filter(None, (decision.approved_by,))}
            if decision.takedown_id not in self.standing or decision.takedown_id in self.interim.values():
                self.standing.add(decision.takedown_id)
                self._begun_by[decision.id] = decision.takedown_id
                self.interim.pop(decision.case_id, None)
                self._decided_by[decision.takedown_id] = people
                self._about[decision.takedown_id] = decision.case_id
            elif upload_id is not None:
                self._confirmed.setdefault(decision.takedown_id, {})[upload_id] = people
            for one in {upload_id, named} - {None}:
                self._said[one, decision.takedown_id] = ("copy", decision.id)
        elif upload_id is None:
            self.released(decision.case_id)
        else:
            for takedown in matched:
                self._said.setdefault((upload_id, takedown), ("no copy", decision.id))

    def overturned(self, decision: Decision, upload_id: str | None) -> None:
        """Note that a decision was overturned on appeal."""
        if decision.id in self._begun_by:
            self.taken_back(self._begun_by[decision.id])
        elif decision.outcome is DecisionOutcome.UPHOLD:
            self._said[upload_id, decision.takedown_id] = ("no copy", decision.id)
            self._confirmed.get(decision.takedown_id, {}).pop(upload_id, None)
        else:
            self._said = {key: said for key, said in self._said.items() if said != ("no copy", decision.id)}

    def let_go(self, upload_id: str, matched: list[str]) -> None:
        """Note that an upload which was only held was let go on appeal, of which there is none."""
        for takedown in matched:
            self._said.setdefault((upload_id, takedown), ("no copy", "an appeal"))

    def reconsidered(self, case_id: str) -> None:
        """Note that what is known by now says whether a report is restricted at once, if it is."""
        if case_id in self.learned and self.interim.get(case_id) in self.standing:
            self.released(case_id)

    def leaves(self, takedowns: list[str]) -> None:
        """Note that these may be about somebody under age: they match no more, and let nothing go."""
        self.referred |= self.standing.intersection(takedowns)
        self.standing -= self.referred

    def comes_back(self, takedowns: list[str]) -> None:
        """Note that this was mistaken."""
        self.standing |= self.referred.intersection(takedowns)
        self.referred -= self.standing

    def taken_back(self, takedown: str) -> None:
        """Note that a takedown was taken back."""
        self.standing.discard(takedown)
        self.interim = {case: one for case, one in self.interim.items() if one != takedown}

    def verdict(self, upload_id: str, matches: dict[str, str]) -> str:
        """Say what an upload's verdict is, by what the policy said of each match when it was found."""
        by_match = [
            {"copy": "block", "no copy": "allow", "": policy}[self._said.get((upload_id, takedown), ("", ""))[0]]
            for takedown, policy in matches.items()
            if takedown in self.standing | self.referred
        ]
        return max(by_match, key=["allow", "hold", "block"].index, default="allow")
