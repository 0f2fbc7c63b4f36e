// A look: its three answers by keys, and the way to undo what was decided before it. Everything here is also a button.
import { listen, startUndo } from "./undo.js";

const look = document.getElementById("look");

// One answer for one press: a second one, while the next page loads, would be refused.
look?.addEventListener("submit", (event) => {
  if (look.dataset.sent) event.preventDefault();
  look.dataset.sent = "yes";
});
addEventListener("pageshow", () => look && delete look.dataset.sent);

startUndo();
listen((event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
  if (event.key === "z") document.getElementById("undo")?.click();
  else if (event.key.length === 1 && "urp".includes(event.key)) look?.querySelector(`[data-key="${event.key}"]`).click();
  else return false;
  return true;
});
