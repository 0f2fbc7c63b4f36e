/**
 * A picture's fingerprints, taken where the picture is: in a worker of the browser, so that the page stays usable.
 *
 * Nothing here asks for anything over the network but these modules themselves; the page's Content-Security-Policy
 * would allow requests to this service alone. What leaves is what `postMessage` says: hashes, and a picture's size.
 *
 * Asked  {id, file: File, limits: {bytes, pixels}}
 * Answer {id, signals: [{type, value, quality?}], width, height}   or   {id, problem: name of `problems.js`}
 */

import { toHex } from "./bits.js";
import { pdqOf } from "./pdq.js";
import { phashOf } from "./phash.js";
import { canonicalPixels } from "./pixels.js";
import { HashingProblem } from "./problems.js";

self.addEventListener("message", async ({ data: { id, file, limits } }) => {
  try {
    self.postMessage({ id, ...(await hash(file, limits)) });
  } catch (error) {
    self.postMessage({ id, problem: error instanceof HashingProblem ? error.name : "undecodable" });
  }
});

/**
 * Take the signals that the server takes of a picture.
 *
 * @param {File} file
 * @param {{bytes: number, pixels: number}} limits What the server takes; the same picture may be sent to it one day.
 */
async function hash(file, limits) {
  if (file.size === 0) throw new HashingProblem("empty");
  if (file.size > limits.bytes) throw new HashingProblem("too-large");
  if (!crypto.subtle) throw new HashingProblem("insecure");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const { pixels, width, height } = await canonicalPixels(bytes, limits.pixels);
  const pdq = pdqOf(pixels);
  return {
    width,
    height,
    signals: [
      { type: "sha256/1", value: toHex(digest) },
      { type: "pdq/1", value: toHex(pdq.code), quality: pdq.quality },
      { type: "phash/1", value: toHex(phashOf(pixels)) },
    ],
  };
}
