/** What scripts say, in the language of the page: it stands there, and scripts fill in what is in braces. */

/**
 * @param {string} name As in `data-…` of `#words`, in camel case.
 * @param {Record<string, string | number>} values
 */
export function words(name, values = {}) {
  const text = document.getElementById("words").dataset[name] ?? name;
  return text.replaceAll(/\{(\w+)\}/g, (_, value) => values[value]);
}

/** A limit that the page says, too. @param {string} name */
export function limit(name) {
  return Number(document.getElementById("words").dataset[name]);
}

/** @param {number} bytes */
export function sizeInWords(bytes) {
  const [divisor, unit] = bytes >= 1e6 ? [1e6, "megabyte"] : [1e3, "kilobyte"];
  const format = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 });
  return format.format(bytes / divisor);
}
