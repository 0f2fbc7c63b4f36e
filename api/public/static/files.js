/** A field for files, with a list of what was chosen: name, size, what is wrong with it, and a way to take it out again. */

import { limit, sizeInWords, words } from "./words.js";

/**
 * @typedef {{file: File, state: string, kind: "" | "good" | "bad"}} Chosen
 */

export class Files {
  #input;
  #list;
  /** @type {Chosen[]} */
  chosen = [];

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLElement} list
   * @param {(chosen: Chosen) => void} added Called once for each file that is fit to be sent.
   */
  constructor(input, list, added = () => {}) {
    this.#input = input;
    this.#list = list;
    input.addEventListener("change", () => {
      this.#add([...input.files]).filter(({ kind }) => kind !== "bad").forEach(added);
      input.value = ""; // so that the same file can be chosen again; what is sent is what is listed
      this.show();
    });
  }

  /** @returns {File[]} What is fit to be sent. */
  get fit() {
    return this.chosen.filter(({ kind }) => kind !== "bad").map(({ file }) => file);
  }

  get anyBad() {
    return this.chosen.some(({ kind }) => kind === "bad");
  }

  #add(files) {
    const known = new Set(this.chosen.map(({ file }) => nameOf(file)));
    const added = files.filter((file) => !known.has(nameOf(file))).map((file) => ({ file, ...firstLook(file) }));
    this.chosen.push(...added);
    for (const one of this.chosen.slice(limit("maxFiles"))) Object.assign(one, { state: words("tooMany"), kind: "bad" });
    return added;
  }

  show() {
    this.#list.replaceChildren(...this.chosen.map((one) => this.#item(one)));
  }

  #item(one) {
    const item = document.createElement("li");
    item.className = one.kind;
    const name = document.createElement("span");
    name.textContent = one.file.name;
    name.dir = "auto";
    const state = document.createElement("span");
    state.className = "state";
    state.textContent = one.state;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", words("remove", { name: one.file.name }));
    remove.addEventListener("click", () => {
      this.chosen = this.chosen.filter((other) => other !== one);
      this.show();
      this.#input.focus();
    });
    item.append(name, remove, state);
    return item;
  }
}

function nameOf(file) {
  return `${file.name} ${file.size} ${file.lastModified}`;
}

function firstLook(file) {
  const most = file.type.startsWith("video/") ? limit("maxVideoBytes") : limit("maxImageBytes");
  if (file.size === 0) return { state: words("empty"), kind: "bad" };
  if (file.size > most) return { state: `${words("tooLarge")} (${sizeInWords(file.size)})`, kind: "bad" };
  return { state: words("ready", { size: sizeInWords(file.size) }), kind: "" };
}
