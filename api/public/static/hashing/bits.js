/** Coefficients to bits, and bits to the hexadecimal that is exchanged. */

/**
 * Pack the answers to "is it above the threshold", most significant bit first.
 *
 * @param {ArrayLike<number>} values
 * @param {number} threshold
 * @returns {Uint8Array} One byte for eight values.
 */
export function packedAbove(values, threshold) {
  const bytes = new Uint8Array(values.length / 8);
  for (let i = 0; i < values.length; i++) if (values[i] > threshold) bytes[i >> 3] |= 0x80 >> (i & 7);
  return bytes;
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
