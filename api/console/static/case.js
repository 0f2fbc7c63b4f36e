// A case's page: keys, the live recommendation, the claim, the time to undo. Everything here is also a form or a link.
import { listen, startUndo } from "./undo.js";
import { startViewer } from "./viewer.js";

const main = document.querySelector("main[data-case]");
const work = document.getElementById("work");
const formToken = main.dataset.formToken;
document.documentElement.classList.add("scripted");
for (const part of document.querySelectorAll(".needs-script:not(.swipe-at, #unveil, .side)")) part.hidden = false;

const viewer = startViewer(document.getElementById("viewer"), main.dataset.veil, formToken);

async function send(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "X-Form-Token": formToken, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(body),
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect") return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

// Whoever opens a free case holds it, so that nobody else decides it meanwhile; while the page is looked at it stays theirs.
const holder = document.getElementById("holder");
const claim = main.dataset.claim ?? `${location.pathname}/claim${location.search}`;
async function hold() {
  try {
    await send(claim, {});
    holder.textContent = "held by you";
  } catch {
    location.reload(); // somebody else was first: the page says who
  }
}
if (main.dataset.claim) {
  if (document.visibilityState === "visible") hold();
  else document.addEventListener("visibilitychange", hold, { once: true });
}
if (document.querySelector(".buttons")) {
  setInterval(() => document.visibilityState === "visible" && hold(), 5 * 60 * 1000);
}

// The recommendation follows the facts.
let asked = 0;
async function recompute() {
  const number = ++asked;
  const address = `${location.pathname}/recommendation${location.search}`;
  const text = await send(address, new FormData(work));
  if (number !== asked || text === null) return;
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const part of ["advice", "grounds"]) {
    const found = fresh.getElementById(part);
    if (found) document.getElementById(part).replaceWith(document.adoptNode(found));
  }
}
work?.querySelector(".fact-grid")?.addEventListener("change", () => recompute().catch(() => {}));

// What upholding it would hit takes up to seconds to count: of a first report at once, of a copy when it is asked for.
const radius = document.getElementById("radius");
async function count(event) {
  event?.preventDefault();
  const answer = await fetch(radius.dataset.address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const counted = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("radius-counted");
  if (counted) radius.replaceChildren(document.adoptNode(counted));
}
document.getElementById("count-radius")?.addEventListener("click", count);
if (radius && "atOnce" in radius.dataset) setTimeout(() => count().catch(() => {}), 400);
else if (radius && document.querySelector(".buttons")) {
  // Of a copy it is worked out while its page is looked at, so that the decision need not wait for it.
  const ahead = () => setTimeout(() => fetch(radius.dataset.address, { headers: { Accept: "text/html" } }).catch(() => {}), 100);
  if (document.readyState === "complete") ahead();
  else addEventListener("load", ahead, { once: true });
}

// The drawings of the next case are made once this page is there. The page itself cannot be kept: nothing of it is stored.
addEventListener("load", () => main.dataset.ahead && fetch(main.dataset.ahead).catch(() => {}));

// Frames of the seconds in which two videos agree, as drawings: after the page itself, and nothing of it plays.
const moments = document.getElementById("moments");
async function drawMoments() {
  const answer = await fetch(moments.dataset.address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("moments-drawn");
  if (drawn) moments.replaceChildren(document.adoptNode(drawn));
}
if (moments && !document.getElementById("moments-drawn")) setTimeout(() => drawMoments().catch(() => {}), 200);

function press(key) {
  const button = work?.querySelector(`button[data-key="${key}"]`);
  if (!button) return;
  const needed = document.getElementById("advice").dataset.needsReason.split(" ").filter(Boolean);
  const reason = document.getElementById("override_reason");
  const question = document.getElementById("question");
  if (needed.includes(button.value) && reason && !reason.value.trim()) {
    reason.closest(".field").classList.remove("quiet");
    reason.focus();
  } else if (key === "i" && question && !question.value.trim()) {
    question.closest(".field").classList.remove("quiet");
    question.focus();
  } else {
    button.click();
  }
}

// One decision for one press: a second one, while the next page loads, would meet the next case.
work?.addEventListener("submit", (event) => {
  if (work.dataset.sent) event.preventDefault();
  work.dataset.sent = "yes";
});
addEventListener("pageshow", () => work && delete work.dataset.sent);

const keys = document.getElementById("keys");
document.getElementById("help")?.addEventListener("click", () => keys.showModal());

startUndo();
listen((event) => {
  const typing = event.target.closest?.("textarea, input:not([type=checkbox], [type=range]), select");
  if (typing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    press(typing.id === "question" ? "i" : "u");
    return true;
  }
  if (typing && event.key === "Escape") typing.blur();
  if (typing || keys.open || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
  if (event.key.length === 1 && "urip".includes(event.key)) press(event.key);
  else if (event.key === "c") work?.querySelector('[name="fact.context_assessed"]:enabled')?.click();
  else if (event.key === "z") document.getElementById("undo")?.click();
  else if (event.key === "j") document.getElementById("following")?.click();
  else if (event.key === "k") document.getElementById("before")?.click();
  else if (event.key === "v") viewer?.reveal();
  else if (event.key === "?") keys.showModal();
  else if (event.key >= "1" && event.key <= "5") viewer?.mode(Number(event.key) - 1);
  else return false;
  return true;
});
