/** A receipt: printed, copied; and the page of a report, which sends files with progress. */

import { Files } from "./files.js";
import { send } from "./sending.js";
import { words } from "./words.js";

function enhanceReceipt() {
  for (const hidden of document.querySelectorAll("[data-with-script]")) hidden.hidden = false;
  document.getElementById("print")?.addEventListener("click", () => window.print());
  document.getElementById("copy")?.addEventListener("click", async () => {
    const [number, secret] = ["receipt-number", "receipt-secret"].map((id) => document.getElementById(id).textContent);
    await navigator.clipboard.writeText(`${number}\n${secret}`);
    document.getElementById("copied").textContent = words("copied");
  });
  const form = document.getElementById("answer");
  if (form) enhanceAnswer(form);
}

/** @param {HTMLFormElement} form */
function enhanceAnswer(form) {
  const files = new Files(document.getElementById("media"), document.getElementById("media-list"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const progress = document.getElementById("progress");
    if (files.anyBad) {
      progress.textContent = words("fixFiles");
      return;
    }
    const body = new FormData(form);
    body.delete("media");
    for (const file of files.fit) body.append("media", file);
    await send(form, body, progress);
  });
}

document.addEventListener("shown", enhanceReceipt);
enhanceReceipt();
