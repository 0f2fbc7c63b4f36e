"""
Makes `index/local/centroids.npy`, which sorts descriptors into lists: `python -m benchmarks.training.centroids DIR`.

Descriptors of real photographs cluster by k-means (FAISS, on bits) into 4,096 cells. Mirrored and inverted descriptors
take part, because queries ask for them. The file is part of the program: parts written with one set of centroids are
not read with another (`index/local/part.py` compares the checksum), so a new set means rebuilding the index.
"""

import sys
from pathlib import Path

import faiss
import numpy as np

from benchmarks.training.photos import grey_photos
from matcher.signals import local
from matcher.signals.points import descriptors

LISTS = 4096
ROUNDS = 10
SEED = 20
BITS = 256
OUT = Path(__file__).parents[2] / "index" / "local" / "centroids.npy"


def main() -> None:
    """Train on every photo of a folder and write the file."""
    gathered = []
    for grey in grey_photos(Path(sys.argv[1])):
        bits = local.extract_reference(grey).descriptors
        gathered += [bits, descriptors.mirrored(bits), descriptors.inverted(bits)]
    training = np.concatenate(gathered)
    quantiser = faiss.IndexBinaryFlat(BITS)
    inverted_file = faiss.IndexBinaryIVF(quantiser, BITS, LISTS)
    inverted_file.cp.niter, inverted_file.cp.seed = ROUNDS, SEED
    inverted_file.train(training)
    np.save(OUT, quantiser.reconstruct_n(0, LISTS))
    print(f"{LISTS} centroids from {len(training)} descriptors -> {OUT.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
