"""
Ours, deep: scenes of every banked video in the index of local features, candidates verified, times put in order.

Invariant: one bank for all videos, so that scenes of another video may be named, too.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from index.changes import Add
from index.local.kind import LocalCollection, LocalKind
from matcher.comparing.scenes import SceneHit, scene_evidence
from matcher.hashing.scenes import SceneQuery
from matcher.local.evidence import examine
from matcher.local.views import Form, View, view
from matcher.moments.evidence import VideoEvidence
from matcher.signals import local
from matcher.signals.scenes import Scene

CANDIDATES = 8


class SceneBank:
    """
    Scenes of banked videos.

    Args:
        scenes: Of each video, by its name.

        durations_s: How long each is.
    """

    def __init__(self, scenes: dict[str, Sequence[Scene]], durations_s: dict[str, float]) -> None:
        self._scenes = scenes
        self._durations_s = durations_s
        self._places = [(name, place) for name, kept in scenes.items() for place in range(len(kept))]
        self._folder = TemporaryDirectory(prefix="staydown-scenes-")
        self._index = LocalCollection.open(Path(self._folder.name), LocalKind())
        self._index.apply(
            [
                Add(number, number, local.NAME, scenes[name][place].features.to_bytes())
                for number, (name, place) in enumerate(self._places, 1)
            ]
        )

    def find(self, asked: Sequence[SceneQuery]) -> dict[str, VideoEvidence]:
        """Return what is found of each banked video in the scenes of an upload."""
        hits: dict[str, list[SceneHit]] = {}
        for number, scene in enumerate(asked):
            for name, hit in self._examined(number, scene):
                hits.setdefault(name, []).append(hit)
        times = [(scene.time_s, scene.until_s) for scene in asked]
        found = {
            name: scene_evidence(
                some,
                times,
                [(scene.time_s, scene.until_s) for scene in self._scenes[name]],
                reference_s=self._durations_s[name],
            )
            for name, some in hits.items()
        }
        return {name: evidence for name, evidence in found.items() if evidence is not None}

    def bytes_of(self, name: str) -> int:
        """Return what is stored of one video."""
        return sum(len(scene.features.to_bytes()) for scene in self._scenes[name])

    def _examined(self, number: int, scene: SceneQuery) -> list[tuple[str, SceneHit]]:
        views: dict[Form, View] = {}
        hits = []
        for candidate in self._index.searcher().candidates(scene.features, limit=CANDIDATES):
            seen = views.setdefault(candidate.form, view(scene.features, candidate.form))
            name, place = self._places[candidate.item_id - 1]
            found = examine(scene.features, seen, self._scenes[name][place].features, candidate.pairs)
            if found is not None:
                hits.append((name, SceneHit.of(number, place, found)))
        return hits
