/**
 * The notice form with a script: hashes taken on this device, files with progress, what is missing said before sending.
 *
 * Invariant: a picture chosen for "Hash on this device" is given to the worker and to nothing else. Its field has no name,
 * and where that way is chosen the form is sent as JSON, which holds no file.
 */

import { Files } from "./files.js";
import { Hasher } from "./hasher.js";
import "./receipt.js";
import { send } from "./sending.js";
import { limit, words } from "./words.js";

const ON_DEVICE = "device";

/** The state of a form outlives the answer that shows it again with a mistake: files need not be chosen twice. */
const kept = { sent: [], here: [], warned: false };

function enhance() {
  const form = document.getElementById("report");
  if (form === null) return;
  for (const only of document.querySelectorAll("[data-without-script]")) only.hidden = true;
  const hasher = new Hasher(document.querySelector("[data-hasher]").dataset.hasher);
  const sent = new Files(document.getElementById("media"), document.getElementById("media-list"));
  const here = new Files(document.getElementById("device"), document.getElementById("device-list"), (one) => {
    one.hashed = hashed(hasher, one, here);
  });
  sent.chosen = kept.sent;
  here.chosen = kept.here;
  sent.show();
  here.show();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const missing = missingOf(form);
    if (missing.length && !kept.warned) {
      kept.warned = true;
      warn(missing);
      return;
    }
    const progress = document.getElementById("progress");
    const chosen = { files: sent, [ON_DEVICE]: here }[form.elements.way.value];
    if (chosen?.anyBad) {
      progress.textContent = words("fixFiles");
      return;
    }
    [kept.sent, kept.here] = [sent.chosen, here.chosen];
    const status = await send(form, await bodyOf(form, sent, here, progress), progress);
    if (status === 201) [kept.sent, kept.here] = [[], []];
  });
}

async function hashed(hasher, one, here) {
  Object.assign(one, { state: words("hashing"), kind: "" });
  const limits = { bytes: limit("maxImageBytes"), pixels: limit("maxImagePixels") };
  const answer = await hasher.hash(one.file, limits);
  if (answer.problem) Object.assign(one, { state: words(camelCase(answer.problem)), kind: "bad" });
  else Object.assign(one, { state: words("hashed"), kind: "good", signals: answer.signals });
  here.show();
}

/** What the form sends: text and files, or text and hashes. */
async function bodyOf(form, sent, here, progress) {
  const body = new FormData(form);
  body.delete("media");
  if (body.get("way") !== ON_DEVICE) {
    if (body.get("way") === "files") for (const file of sent.fit) body.append("media", file);
    return body;
  }
  progress.textContent = words("hashing");
  await Promise.all(here.chosen.map(({ hashed }) => hashed));
  const signals = here.chosen.flatMap(({ signals }) => signals ?? []);
  return signals.length ? JSON.stringify({ report: Object.fromEntries(body), signals }) : body;
}

/** @returns {string[]} Ids of the fields that a complete notice has, and that are empty. */
function missingOf(form) {
  const lines = ["links", "contact", "signature", "explanation"];
  if (form.elements.relation.value === "authorised_representative") lines.push("authority");
  const empty = lines.filter((id) => document.getElementById(id).value.trim() === "");
  const boxes = form.elements.conduct.value === "shared_media" ? ["non_consent-yes", "good_faith-yes"] : ["good_faith-yes"];
  return [...empty, ...boxes.filter((id) => !document.getElementById(id).checked)];
}

/** @param {string[]} missing */
function warn(missing) {
  const warning = document.getElementById("incomplete");
  warning.querySelector("ul").replaceChildren(
    ...missing.map((id) => {
      const link = document.createElement("a");
      link.href = `#${id}`;
      link.textContent = label(id);
      const item = document.createElement("li");
      item.append(link);
      return item;
    }),
  );
  document.getElementById("send").textContent = label("send-anyway");
  warning.hidden = false;
  warning.focus();
}

function label(id) {
  return document.querySelector(`#labels [data-field="${id}"]`).textContent;
}

function camelCase(name) {
  return name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

document.addEventListener("shown", enhance);
enhance();
