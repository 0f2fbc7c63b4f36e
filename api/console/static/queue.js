// Keys of the queue: j and k choose a row, Enter opens it, or takes the next case where none is chosen; z undoes.
import { listen, startUndo } from "./undo.js";

const rows = [...document.querySelectorAll(".cases tbody tr")];
let chosen = -1;

function choose(index) {
  if (rows.length === 0) return;
  rows[chosen]?.classList.remove("chosen");
  chosen = Math.max(0, Math.min(index, rows.length - 1));
  rows[chosen].classList.add("chosen");
  rows[chosen].querySelector("a").focus();
}

startUndo();
listen((event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return false;
  if (event.key === "j") choose(chosen + 1);
  else if (event.key === "k") choose(chosen - 1);
  else if (event.key === "z") document.getElementById("undo")?.click();
  else if (event.key === "Enter" && event.target === document.body) document.getElementById("start")?.click();
  else return false;
  return true;
});
