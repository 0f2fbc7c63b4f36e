/** What kind of picture bytes are: by content as on the server (`matcher/reading/formats.py`), never by name. */

/** @typedef {"jpeg" | "png" | "webp" | "gif" | "avif" | "heic" | "bmp" | "tiff"} Format */

const AVIF_BRANDS = ["avif", "avis"];
const HEIC_BRANDS = ["heic", "heix", "hevc", "hevx", "heim", "heis"];

/**
 * @param {Uint8Array} bytes
 * @returns {Format | null} Null for what is no picture; a video is none.
 */
export function formatOf(bytes) {
  const start = ascii(bytes, 0, 12);
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (start.startsWith("RIFF") && start.endsWith("WEBP")) return "webp";
  if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) return "gif";
  if (start.startsWith("II*\0") || start.startsWith("MM\0*")) return "tiff";
  if (start.startsWith("BM")) return "bmp";
  const brands = isoBrands(bytes);
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return "avif";
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "heic" : null;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 */
export function ascii(bytes, start, end) {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** Read what the first box of an ISO file says it is (ISO/IEC 14496-12, `ftyp`). */
function isoBrands(bytes) {
  if (bytes.length < 12 || ascii(bytes, 4, 8) !== "ftyp") return [];
  const end = Math.min(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0), bytes.length, 512);
  const brands = [ascii(bytes, 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(ascii(bytes, at, at + 4));
  return brands;
}
