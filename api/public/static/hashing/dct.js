/** The corner of a picture's discrete cosine transform (DCT-II) that both hashes are made from. */

export const PICTURE_SIDE = 64;
export const HASH_SIDE = 16;

/**
 * Take 16 × 16 frequencies of 64 × 64 samples. All have the same scale, which no hash depends on.
 *
 * @param {ArrayLike<number>} samples Row by row.
 * @param {number} lowest The lowest frequency in either direction: 0 with the mean, 1 without.
 * @returns {Float64Array} Vertical frequency first.
 */
export function lowFrequencies(samples, lowest) {
  const cosines = Float64Array.from({ length: HASH_SIDE * PICTURE_SIDE }, (_, at) => {
    const frequency = lowest + Math.floor(at / PICTURE_SIDE);
    return Math.cos((Math.PI / 2 / PICTURE_SIDE) * frequency * (2 * (at % PICTURE_SIDE) + 1));
  });
  const half = new Float64Array(HASH_SIDE * PICTURE_SIDE);
  for (let i = 0; i < HASH_SIDE; i++)
    for (let k = 0; k < PICTURE_SIDE; k++)
      for (let j = 0; j < PICTURE_SIDE; j++)
        half[i * PICTURE_SIDE + j] += cosines[i * PICTURE_SIDE + k] * samples[k * PICTURE_SIDE + j];
  const frequencies = new Float64Array(HASH_SIDE * HASH_SIDE);
  for (let i = 0; i < HASH_SIDE; i++)
    for (let j = 0; j < HASH_SIDE; j++)
      for (let k = 0; k < PICTURE_SIDE; k++)
        frequencies[i * HASH_SIDE + j] += half[i * PICTURE_SIDE + k] * cosines[j * PICTURE_SIDE + k];
  return frequencies;
}
