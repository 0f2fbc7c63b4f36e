/**
 * How the camera was held (Exif 2.32, tag 0x0112): found as Pillow finds it on the server, taken out of the bytes so
 * that no browser applies it, and applied here.
 *
 * Browsers differ: some apply it to JPEG alone, some to PNG and WebP too. Taken out, all of them show the same pixels.
 */

import { ascii } from "./formats.js";

/** Orientations that exchange width and height. */
export const SIDEWAYS = new Set([5, 6, 7, 8]);

const UPRIGHT = 1;
const ORIENTATION_TAG = 0x0112;
const UNSIGNED_SHORT = 3;
const IN_XMP = /tiff:Orientation(?:="|>)([0-9])/;
const METADATA = { jpeg: metadataOfJpeg, png: metadataOfPng, webp: metadataOfWebp };

/**
 * Read a picture's orientation, and note "upright" in its bytes instead.
 *
 * @param {Uint8Array} bytes Changed in place.
 * @param {import("./formats.js").Format} format Of AVIF and HEIC every decoder turns the picture itself.
 * @returns {number} 1..8; 1 where nothing is said.
 */
export function takeOrientation(bytes, format) {
  const { exif, xmp } = METADATA[format]?.(bytes) ?? {};
  const noted = exif && notedIn(bytes, exif);
  const value = noted ? noted.value : Number(xmp?.match(IN_XMP)?.[1] ?? UPRIGHT);
  if (noted) {
    noted.replace(UPRIGHT);
    // A changed chunk of a PNG has a wrong checksum: under another name nobody reads it.
    if (format === "png") bytes.set([..."xXIf"].map((letter) => letter.charCodeAt(0)), exif - 4);
  }
  return value >= 1 && value <= 8 ? value : UPRIGHT;
}

/**
 * Find the tag in a TIFF header and its first directory.
 *
 * @param {Uint8Array} bytes
 * @param {number} start Where the header begins.
 */
function notedIn(bytes, start) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  if (view.byteLength < 8) return null;
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return null;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i;
    if (at + 12 > view.byteLength) return null;
    if (view.getUint16(at, little) !== ORIENTATION_TAG || view.getUint16(at + 2, little) !== UNSIGNED_SHORT) continue;
    return { value: view.getUint16(at + 8, little), replace: (value) => view.setUint16(at + 8, value, little) };
  }
  return null;
}

/** Where the TIFF header begins, and the text of XMP: in segments APP1 (Exif 2.32, section 4.7.2). */
function metadataOfJpeg(bytes) {
  const found = {};
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; ) {
    const end = at + 2 + bytes[at + 2] * 256 + bytes[at + 3];
    if (bytes[at + 1] === 0xe1 && ascii(bytes, at + 4, at + 10) === "Exif\0\0") found.exif ??= at + 10;
    else if (bytes[at + 1] === 0xe1 && ascii(bytes, at + 4, at + 33) === "http://ns.adobe.com/xap/1.0/\0") found.xmp ??= latin1(bytes, at + 4, end);
    at = end;
  }
  return found;
}

/** The same of a PNG: chunks `eXIf` and `iTXt` (PNG specification, third edition, sections 11.3.3 and 11.3.4). */
function metadataOfPng(bytes) {
  const found = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const kind = ascii(bytes, at + 4, at + 8);
    const end = at + 8 + view.getUint32(at);
    if (kind === "eXIf") found.exif ??= at + 8;
    else if (kind === "iTXt" && ascii(bytes, at + 8, at + 25) === "XML:com.adobe.xmp") found.xmp ??= latin1(bytes, at + 8, end);
    at = end + 4;
  }
  return found;
}

/** The same of a WebP: chunks `EXIF` and `XMP ` (RFC 9649, section 2.7.1). Some write a JPEG's prefix before the header. */
function metadataOfWebp(bytes) {
  const found = {};
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const kind = ascii(bytes, at, at + 4);
    const size = view.getUint32(at + 4, true);
    if (kind === "EXIF") found.exif ??= at + 8 + (ascii(bytes, at + 8, at + 14) === "Exif\0\0" ? 6 : 0);
    else if (kind === "XMP ") found.xmp ??= latin1(bytes, at + 8, at + 8 + size);
    at += 8 + size + (size & 1);
  }
  return found;
}

function latin1(bytes, start, end) {
  return new TextDecoder("latin1").decode(bytes.subarray(start, end));
}

/**
 * Undo how the camera was held.
 *
 * @param {import("./pixels.js").Pixels} pixels
 * @param {number} orientation 1..8
 * @returns {import("./pixels.js").Pixels}
 */
export function turnedUpright({ data, width, height }, orientation) {
  if (orientation === UPRIGHT) return { data, width, height };
  const [across, down] = SIDEWAYS.has(orientation) ? [height, width] : [width, height];
  const [right, bottom] = [width - 1, height - 1];
  /** From the upright picture's place to the stored one's: [x, y]. */
  const stored = {
    2: (x, y) => [right - x, y],
    3: (x, y) => [right - x, bottom - y],
    4: (x, y) => [x, bottom - y],
    5: (x, y) => [y, x],
    6: (x, y) => [y, bottom - x],
    7: (x, y) => [right - y, bottom - x],
    8: (x, y) => [right - y, x],
  }[orientation];
  const upright = new Uint8ClampedArray(data.length);
  for (let y = 0, to = 0; y < down; y++) {
    for (let x = 0; x < across; x++, to += 3) {
      const [fromX, fromY] = stored(x, y);
      const from = 3 * (fromY * width + fromX);
      upright[to] = data[from];
      upright[to + 1] = data[from + 1];
      upright[to + 2] = data[from + 2];
    }
  }
  return { data: upright, width: across, height: down };
}
