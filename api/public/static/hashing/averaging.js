/**
 * A picture reduced by averaging areas as its rows come in, so that it is never held whole as pixels.
 *
 * The same arithmetic as `matcher/reading/averaging.py`, which is OpenCV's `INTER_AREA`.
 */

export class Averaging {
  #across;
  #down;
  #width;
  #size;
  #row = 0; // rows taken in so far
  #place = 0; // the reduced row that is being summed up
  #sums; // for the reduced row at `#place`, and the next: a row may belong to both
  #averaged;
  #picture;

  /**
   * @param {number} width
   * @param {number} height
   * @param {number} across Reduced width, at most `width`.
   * @param {number} down Reduced height, at most `height`.
   */
  constructor(width, height, across, down) {
    this.#width = width;
    this.#size = [across, down];
    this.#across = shares(width, across);
    this.#down = shares(height, down);
    this.#sums = [new Float64Array(3 * across), new Float64Array(3 * across)];
    this.#averaged = new Float64Array(3 * across);
    this.#picture = new Uint8ClampedArray(3 * across * down);
  }

  /**
   * @param {Uint8ClampedArray} rgba Four bytes a pixel; the fourth is not looked at.
   * @param {number} rows
   */
  addRows(rgba, rows) {
    for (let y = 0; y < rows; y++, this.#row++) {
      this.#averageRow(rgba, 4 * y * this.#width);
      this.#addToSums();
    }
  }

  /** @returns {import("./pixels.js").Pixels} Once all rows were added. */
  picture() {
    const [width, height] = this.#size;
    return { data: this.#picture, width, height };
  }

  #averageRow(rgba, start) {
    const { first, count, share, most } = this.#across;
    const averaged = this.#averaged;
    for (let x = 0; x < first.length; x++) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let i = 0, from = start + 4 * first[x], at = x * most; i < count[x]; i++, from += 4, at++) {
        const part = share[at];
        red += part * rgba[from];
        green += part * rgba[from + 1];
        blue += part * rgba[from + 2];
      }
      averaged[3 * x] = red;
      averaged[3 * x + 1] = green;
      averaged[3 * x + 2] = blue;
    }
  }

  #addToSums() {
    const { first, count, share, most } = this.#down;
    const averaged = this.#averaged;
    for (let ahead = 0; ahead < 2; ahead++) {
      const place = this.#place + ahead;
      const at = this.#row - (first[place] ?? Infinity);
      if (!(at >= 0 && at < count[place])) continue;
      const part = share[place * most + at];
      const sums = this.#sums[ahead];
      for (let i = 0; i < sums.length; i++) sums[i] += part * averaged[i];
    }
    if (this.#row === first[this.#place] + count[this.#place] - 1) this.#finishPlace();
  }

  #finishPlace() {
    const [sums, next] = this.#sums;
    for (let i = 0, to = this.#place * sums.length; i < sums.length; i++, to++) this.#picture[to] = sums[i];
    sums.fill(0);
    this.#sums = [next, sums];
    this.#place++;
  }
}

/** A pixel of which no more than this belongs to the area is left out. */
const SLIVER = 1e-3;

/**
 * Say which pixels of an axis make up each of the reduced ones, and with which share.
 *
 * @param {number} length
 * @param {number} reduced
 */
function shares(length, reduced) {
  const ratio = length / reduced;
  const most = Math.ceil(ratio) + 1;
  const first = new Int32Array(reduced);
  const count = new Int32Array(reduced);
  const share = new Float64Array(reduced * most);
  for (let place = 0; place < reduced; place++) {
    const begin = place * ratio;
    const end = begin + ratio;
    const area = Math.min(ratio, length - begin);
    const last = Math.min(Math.floor(end), length - 1);
    const whole = Math.min(Math.ceil(begin), last);
    let at = place * most;
    first[place] = whole;
    if (whole - begin > SLIVER) {
      first[place] = whole - 1;
      share[at++] = (whole - begin) / area;
    }
    for (let i = whole; i < last; i++) share[at++] = 1 / area;
    if (end - last > SLIVER) share[at++] = Math.min(end - last, 1, area) / area;
    count[place] = at - place * most;
  }
  return { first, count, share, most };
}
