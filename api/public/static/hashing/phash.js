/**
 * `phash/1` of the canonical picture, as `matcher/signals/phash.py` defines it: `imagehash.phash(hash_size=16)`, with
 * Pillow's greys and Pillow's Lanczos reduction.
 */

import { packedAbove } from "./bits.js";
import { lowFrequencies, PICTURE_SIDE as SIDE } from "./dct.js";

const LOBES = 3;

/**
 * @param {import("./pixels.js").Pixels} pixels
 * @returns {Uint8Array} 32 bytes
 */
export function phashOf({ data, width, height }) {
  const grey = new Uint8ClampedArray(width * height);
  for (let i = 0, from = 0; i < grey.length; i++, from += 3)
    grey[i] = (data[from] * 19595 + data[from + 1] * 38470 + data[from + 2] * 7471 + 0x8000) >> 16;
  const narrow = reducedRows(grey, width, height);
  const small = transposed(reducedRows(transposed(narrow, SIDE, height), height, SIDE), SIDE, SIDE);
  const coefficients = lowFrequencies(small, 0);
  const ordered = coefficients.toSorted();
  const middle = ordered.length / 2;
  return packedAbove(coefficients, (ordered[middle - 1] + ordered[middle]) / 2);
}

/** Reduce each row to 64 greys; like Pillow, to whole ones. */
function reducedRows(grey, width, height) {
  const { first, weights } = lanczos(width);
  const reduced = new Uint8ClampedArray(SIDE * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (let i = 0, at = y * width + first[x]; i < weights[x].length; i++, at++) sum += weights[x][i] * grey[at];
      reduced[y * SIDE + x] = sum;
    }
  }
  return reduced;
}

/** Pillow's weights along an axis (`libImaging/Resample.c`). */
function lanczos(length) {
  const scale = length / SIDE;
  const stretch = Math.max(scale, 1);
  const first = [];
  const weights = [];
  for (let place = 0; place < SIDE; place++) {
    const centre = (place + 0.5) * scale;
    const begin = Math.max(Math.floor(centre - LOBES * stretch + 0.5), 0);
    const end = Math.min(Math.floor(centre + LOBES * stretch + 0.5), length);
    const raw = Array.from({ length: end - begin }, (_, i) => lobe((begin + i - centre + 0.5) / stretch));
    const total = raw.reduce((sum, one) => sum + one, 0);
    first.push(begin);
    weights.push(raw.map((one) => one / total));
  }
  return { first, weights };
}

function lobe(x) {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
}

function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function transposed(values, width, height) {
  const turned = new Uint8ClampedArray(values.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) turned[x * height + y] = values[y * width + x];
  return turned;
}
