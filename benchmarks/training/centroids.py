"""
Makes `index/local/centroids.npy`, which sorts descriptors into lists: `python -m benchmarks.training.centroids DIR`.

Descriptors of real photographs cluster by k-means (FAISS, on bits) into 4,096 cells. Mirrored and inverted descriptors
take part, because queries ask for them. The file is part of the program: parts written with one set of centroids are
not read with another (`index/local/part.py` compares the checksum), so a new set means rebuilding the index.
"""

import sys
from pathlib import Path

import cv2
import faiss
import numpy as np

from matcher.signals import descriptors, local

LISTS = 4096
ROUNDS = 10
SEED = 20
BITS = 256
OUT = Path(__file__).parents[2] / "index" / "local" / "centroids.npy"


def main() -> None:
    """Train on every photo of a folder and write the file."""
    gathered = []
    for path in sorted(Path(sys.argv[1]).iterdir()):
        bits = local.extract_reference(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.uint8)).descriptors
        gathered += [bits, descriptors.mirrored(bits), descriptors.inverted(bits)]
    training = np.concatenate(gathered)
    quantiser = faiss.IndexBinaryFlat(BITS)
    inverted_file = faiss.IndexBinaryIVF(quantiser, BITS, LISTS)
    inverted_file.cp.niter, inverted_file.cp.seed = ROUNDS, SEED
    inverted_file.train(training)
    np.save(OUT, faiss.vector_to_array(quantiser.xb).reshape(LISTS, BITS // 8))
    print(f"{LISTS} centroids from {len(training)} descriptors -> {OUT.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
