"""COPY_CONTESTANTS: the one table of contestants of the robustness benchmark."""

from benchmarks.copies.contestants.base import CopyContestant
from benchmarks.copies.contestants.hashes import CropResistant, DHash64, Pdq31, PdqTurned, PHash64
from benchmarks.copies.contestants.staydown import StaydownDeep, StaydownFast, StaydownLocal

COPY_CONTESTANTS: dict[str, type[CopyContestant]] = {
    contestant.name: contestant
    for contestant in (StaydownDeep, StaydownFast, StaydownLocal, Pdq31, PdqTurned, PHash64, DHash64, CropResistant)
}
