// A contact sheet: choosing by keys, and how many are chosen. Everything here is also a box or a button.
import { listen } from "./undo.js";

const sheet = document.getElementById("sheet");
const boxes = [...sheet.querySelectorAll('input[name="case"]:enabled')];
const chosen = document.getElementById("chosen");
for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;

function count() {
  const number = boxes.filter((box) => box.checked).length;
  if (chosen) chosen.textContent = `${number} of ${boxes.length} are chosen.`;
  for (const button of sheet.querySelectorAll("button[data-key]")) button.disabled = number === 0;
}

function choose(which) {
  for (const box of boxes) box.checked = which(box);
  count();
}
const choices = {
  l: () => choose((box) => box.dataset.like === "yes"),
  a: () => choose(() => true),
  n: () => choose(() => false),
};
document.getElementById("choose-like").addEventListener("click", choices.l);
document.getElementById("choose-all").addEventListener("click", choices.a);
document.getElementById("choose-none").addEventListener("click", choices.n);
sheet.addEventListener("change", count);

// Whoever decides otherwise than recommended says why: asked for here, before each case would be refused for it.
function lacksReason(outcome) {
  const looked = sheet.querySelector('[name="fact.context_assessed"]').checked;
  const needed = looked ? sheet.dataset.needsReasonOnceLooked : sheet.dataset.needsReason;
  return needed.split(" ").includes(outcome) && !document.getElementById("override_reason").value.trim();
}
sheet.addEventListener("submit", (event) => {
  const says = document.getElementById("say-why");
  says.textContent = lacksReason(event.submitter?.value) ? says.dataset.words : "";
  if (sheet.dataset.sent || says.textContent) event.preventDefault();
  else sheet.dataset.sent = "yes";
});
addEventListener("pageshow", () => delete sheet.dataset.sent);
count();

function step(by) {
  const at = boxes.indexOf(document.activeElement);
  boxes[Math.max(0, Math.min(at + by, boxes.length - 1))]?.focus();
}

listen((event) => {
  const typing = event.target.closest?.("textarea, input:not([type=checkbox]), select");
  if (typing && event.key === "Escape") typing.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
  if (choices[event.key]) choices[event.key]();
  else if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "x") document.activeElement?.matches('input[name="case"]') && document.activeElement.click();
  else if (event.key === "c") sheet.querySelector('[name="fact.context_assessed"]')?.click();
  else if (event.key === "u" || event.key === "r") sheet.querySelector(`button[data-key="${event.key}"]:enabled`)?.click();
  else return false;
  return true;
});
