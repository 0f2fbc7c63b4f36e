"""CONTESTANTS: the one table of search contestants, ours first. A new one is a file in this folder and a line here."""

from benchmarks.search.contestants.base import Contestant
from benchmarks.search.contestants.faiss_binary import FaissFlat, FaissHnsw, FaissMultiHash11x23, FaissMultiHash16x16
from benchmarks.search.contestants.staydown import Staydown

CONTESTANTS: dict[str, type[Contestant]] = {
    "staydown": Staydown,
    "faiss_flat": FaissFlat,
    "faiss_multihash_16x16": FaissMultiHash16x16,
    "faiss_multihash_11x23": FaissMultiHash11x23,
    "faiss_hnsw": FaissHnsw,
}
