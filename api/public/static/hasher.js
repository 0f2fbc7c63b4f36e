/** Asks the worker for the hashes of pictures, one after the other. */

export class Hasher {
  #worker = null;
  #address;
  #waiting = new Map();
  #last = 0;

  /** @param {string} address Of `hashing/worker.js`. */
  constructor(address) {
    this.#address = address;
  }

  /**
   * @param {File} file
   * @param {{bytes: number, pixels: number}} limits
   * @returns {Promise<{signals: {type: string, value: string, quality?: number}[]} | {problem: string}>}
   */
  hash(file, limits) {
    this.#worker ??= this.#started();
    const id = ++this.#last;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker.postMessage({ id, file, limits });
    });
  }

  #started() {
    const worker = new Worker(this.#address, { type: "module" });
    worker.addEventListener("message", ({ data }) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    });
    worker.addEventListener("error", () => {
      for (const resolve of this.#waiting.values()) resolve({ problem: "failed" });
      this.#waiting.clear();
      this.#worker = null; // the next picture tries again
    });
    return worker;
  }
}
