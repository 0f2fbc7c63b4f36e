/**
 * `pdq/1` of the canonical picture, as `matcher/signals/pdq.py` defines it.
 *
 * Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", Meta 2019, and its reference code
 * in github facebook/ThreatExchange (pdq/cpp).
 */

import { packedAbove } from "./bits.js";
import { HASH_SIDE, lowFrequencies, PICTURE_SIDE as SIDE } from "./dct.js";

/** The reference code gives smaller pictures the hash 0. */
const MINIMUM_SIDE = 5;

/**
 * @param {import("./pixels.js").Pixels} pixels
 * @returns {{code: Uint8Array, quality: number}} 32 bytes; quality 0..100.
 */
export function pdqOf({ data, width, height }) {
  if (Math.min(width, height) < MINIMUM_SIDE) return { code: new Uint8Array(HASH_SIDE ** 2 / 8), quality: 0 };
  const luma = new Float32Array(width * height);
  for (let i = 0, from = 0; i < luma.length; i++, from += 3)
    luma[i] = 0.299 * data[from] + 0.587 * data[from + 1] + 0.114 * data[from + 2];
  const small = decimated(smoothed(luma, width, height), width, height);
  // The reference code's first bit is our last, and its median of 256 values is the 128th smallest.
  const coefficients = lowFrequencies(small, 1).reverse();
  const median = coefficients.toSorted()[coefficients.length / 2 - 1];
  return { code: packedAbove(coefficients, median), quality: qualityOf(small) };
}

/** Average with a box twice along rows and columns: close to a tent, and to what the eye leaves out. */
function smoothed(luma, width, height) {
  let [now, next] = [luma, new Float32Array(luma.length)];
  for (let pass = 0; pass < 2; pass++) {
    for (let y = 0; y < height; y++) box(now, next, y * width, 1, width);
    for (let x = 0; x < width; x++) box(next, now, x, width, height);
  }
  return now;
}

/** One pass over one line; at its ends the box averages what there is. */
function box(from, to, start, step, length) {
  const window = Math.ceil(length / (2 * SIDE));
  const ahead = Math.floor((window + 2) / 2) - 1;
  const back = window - 1 - ahead;
  let sum = 0;
  for (let i = 0; i < Math.min(ahead, length); i++) sum += from[start + i * step];
  for (let i = 0; i < length; i++) {
    if (i + ahead < length) sum += from[start + (i + ahead) * step];
    if (i - back - 1 >= 0) sum -= from[start + (i - back - 1) * step];
    const count = Math.min(i + ahead, length - 1) - Math.max(i - back, 0) + 1;
    to[start + i * step] = sum / count;
  }
}

/** Take 64 × 64 samples, from the middle of each part. */
function decimated(luma, width, height) {
  const small = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < SIDE; i++) {
    const row = Math.floor(((i + 0.5) * height) / SIDE);
    for (let j = 0; j < SIDE; j++) small[i * SIDE + j] = luma[row * width + Math.floor(((j + 0.5) * width) / SIDE)];
  }
  return small;
}

/** Sum the steps between neighbours, each cut to a whole percent of 255. */
function qualityOf(small) {
  let steps = 0;
  for (let i = 0; i < SIDE; i++) {
    for (let j = 0; j < SIDE; j++) {
      const here = small[i * SIDE + j];
      if (i + 1 < SIDE) steps += percent(here - small[(i + 1) * SIDE + j]);
      if (j + 1 < SIDE) steps += percent(here - small[i * SIDE + j + 1]);
    }
  }
  return Math.min(Math.floor(steps / 90), 100);
}

function percent(step) {
  return Math.trunc(Math.abs(step * 100) / 255);
}
