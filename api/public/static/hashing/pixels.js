/**
 * A file's bytes -> the canonical picture: what a viewer shows, upright, on white, at most 512 px, as
 * `matcher/reading/decode.py` makes it on the server.
 *
 * The browser decodes. What browsers do differently is kept from them: colour profiles are ignored, as the server
 * ignores them, and the orientation a camera noted is taken out of a copy of the bytes and applied here.
 *
 * @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels
 * RGB, three bytes a pixel, row 0 on top.
 */

import { Averaging } from "./averaging.js";
import { formatOf } from "./formats.js";
import { SIDEWAYS, takeOrientation, turnedUpright } from "./orientation.js";
import { HashingProblem } from "./problems.js";

/** Longest side of the picture that hashes are made from (`CANONICAL_SIDE_PX`). */
const CANONICAL_SIDE_PX = 512;

/** Pixels that are read from the canvas at once: 16 MB, however large the picture is. */
const BAND_PX = 4_000_000;

/**
 * Decode the first frame of a picture.
 *
 * @param {Uint8Array} bytes The whole file. Its orientation is changed in place.
 * @param {number} mostPixels Refuse what is larger.
 * @returns {Promise<{pixels: Pixels, width: number, height: number}>} The sides are the upright original's.
 */
export async function canonicalPixels(bytes, mostPixels) {
  const format = formatOf(bytes);
  if (format === null) throw new HashingProblem("not-a-picture");
  const orientation = takeOrientation(bytes, format);
  const bitmap = await decoded(new Blob([bytes], { type: `image/${format}` }));
  try {
    const { width, height } = bitmap;
    if (width * height > mostPixels) throw new HashingProblem("too-many-pixels");
    const pixels = turnedUpright(reduced(bitmap), orientation);
    return SIDEWAYS.has(orientation) ? { pixels, width: height, height: width } : { pixels, width, height };
  } finally {
    bitmap.close();
  }
}

/** @param {Blob} blob */
async function decoded(blob) {
  try {
    return await createImageBitmap(blob, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch {
    throw new HashingProblem("undecodable");
  }
}

/**
 * @param {ImageBitmap} bitmap
 * @returns {Pixels}
 */
function reduced(bitmap) {
  const { width, height } = bitmap;
  const [across, down] = reducedSize(width, height);
  const rows = Math.min(height, Math.max(1, Math.floor(BAND_PX / width)));
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  if (context === null) throw new HashingProblem("undecodable");
  refuseIfDisguised(context);
  const averaging = new Averaging(width, height, across, down);
  for (let top = 0; top < height; top += rows) {
    const band = Math.min(rows, height - top);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, band);
    context.drawImage(bitmap, 0, top, width, band, 0, 0, width, band);
    averaging.addRows(context.getImageData(0, 0, width, band).data, band);
  }
  return averaging.picture();
}

/**
 * Some browsers answer with noise or white when a page reads pixels, against being told apart by them. A hash of that
 * would find nothing, and nobody would know.
 *
 * @param {OffscreenCanvasRenderingContext2D} context
 */
function refuseIfDisguised(context) {
  const drawn = [40, 120, 200];
  context.fillStyle = `rgb(${drawn})`;
  context.fillRect(0, 0, 1, 1);
  const read = context.getImageData(0, 0, 1, 1).data;
  if (drawn.some((value, i) => Math.abs(value - read[i]) > 8)) throw new HashingProblem("disguised");
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {[number, number]} Never larger than the picture is.
 */
function reducedSize(width, height) {
  const longest = Math.max(width, height);
  if (longest <= CANONICAL_SIDE_PX) return [width, height];
  const side = (length) => Math.max(1, halfToEven((length * CANONICAL_SIDE_PX) / longest));
  return [side(width), side(height)];
}

/** Round as Python does. */
function halfToEven(value) {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
