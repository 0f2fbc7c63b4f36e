"""COPY_CONTESTANTS: the one table of contestants of the robustness benchmark."""

from benchmarks.contestants.copies_base import CopyContestant
from benchmarks.contestants.copies_hashes import CropResistant, DHash64, Pdq31, PdqTurned, PHash64
from benchmarks.contestants.copies_staydown import StaydownDeep, StaydownFast

COPY_CONTESTANTS: dict[str, type[CopyContestant]] = {
    contestant.name: contestant
    for contestant in (StaydownDeep, StaydownFast, Pdq31, PdqTurned, PHash64, DHash64, CropResistant)
}
