// The viewer: both sides as drawings, ways to compare them, zoom and pan locked together, the photo on demand.

const BLINK_MS = 700;

export function startViewer(viewer, veil, formToken) {
  const stage = viewer?.querySelector("#stage");
  if (!stage) return null;
  const modes = [...viewer.querySelectorAll("[data-mode]:is(button)")];
  const words = viewer.querySelector("#viewer-words");
  const swipe = viewer.querySelector("#swipe");
  const state = { scale: 1, x: 0, y: 0, shown: false };

  for (const side of stage.querySelectorAll(".side.needs-script")) side.hidden = false; // shown where the mode says so

  function mode(index) {
    const button = modes[index];
    if (!button) return;
    stage.dataset.mode = button.dataset.mode;
    for (const one of modes) one.setAttribute("aria-pressed", String(one === button));
    for (const image of stage.querySelectorAll(".laid img[data-src]")) {
      if (stage.dataset.mode === "sides" || stage.dataset.mode === "difference") break;
      image.src = image.dataset.src;
      image.removeAttribute("data-src");
    }
    if (swipe) swipe.closest("label").hidden = stage.dataset.mode !== "swipe";
    stage.classList.remove("other");
  }
  modes.forEach((button, index) => button.addEventListener("click", () => mode(index)));
  swipe?.addEventListener("input", () => stage.style.setProperty("--swipe", `${swipe.value}%`));
  setInterval(() => stage.dataset.mode === "blink" && stage.classList.toggle("other"), BLINK_MS);

  // Where nothing says how one picture lies on the other there is no drawing of it, and words stand there.
  for (const image of stage.querySelectorAll(".difference img, .laid img")) {
    image.addEventListener("error", () => {
      const frame = image.closest(".frame");
      if (!frame.querySelector(".empty")) frame.append(Object.assign(document.createElement("p"), { className: "empty small", textContent: viewer.dataset.noMap }));
      for (const one of frame.querySelectorAll("img")) one.hidden = true;
    });
  }

  // Zoom and pan: one transform for every picture, so what is looked at on one side is what is seen on the other.
  function place() {
    stage.toggleAttribute("data-zoomed", state.scale > 1);
    for (const image of stage.querySelectorAll(".frame img")) {
      image.style.transform = state.scale > 1 ? `translate(${state.x}px, ${state.y}px) scale(${state.scale})` : "";
    }
  }
  function zoom(factor, at) {
    const frame = stage.querySelector(".frame").getBoundingClientRect();
    const [x, y] = at ?? [frame.width / 2, frame.height / 2];
    const scale = Math.min(8, Math.max(1, state.scale * factor));
    state.x = x - ((x - state.x) * scale) / state.scale;
    state.y = y - ((y - state.y) * scale) / state.scale;
    state.scale = scale;
    if (scale === 1) state.x = state.y = 0;
    place();
  }
  viewer.querySelector("#zoom-in").addEventListener("click", () => zoom(1.5));
  viewer.querySelector("#zoom-out").addEventListener("click", () => zoom(1 / 1.5));
  stage.addEventListener(
    "wheel",
    (event) => {
      const frame = event.target.closest(".frame");
      if (!frame || !(event.ctrlKey || state.scale > 1)) return;
      event.preventDefault();
      const box = frame.getBoundingClientRect();
      zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, [event.clientX - box.left, event.clientY - box.top]);
    },
    { passive: false },
  );
  let from = null;
  stage.addEventListener("pointerdown", (event) => {
    if (state.scale > 1 && event.target.closest(".frame")) {
      from = [event.clientX - state.x, event.clientY - state.y];
      stage.setPointerCapture(event.pointerId);
    }
  });
  stage.addEventListener("pointermove", (event) => {
    if (from) {
      [state.x, state.y] = [event.clientX - from[0], event.clientY - from[1]];
      place();
    }
    lookThrough(event);
  });
  stage.addEventListener("pointerup", () => (from = null));

  // The photo: asked for, veiled, seen through a lens that follows the pointer, or without the veil at a second press.
  const revealButton = viewer.querySelector("#reveal");
  const unveilButton = viewer.querySelector("#unveil");

  function lookThrough(event) {
    const frame = event.target.closest?.(".frame[data-photo]");
    const lens = frame?.querySelector(".lens");
    if (!lens) return;
    const box = frame.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    lens.style.setProperty("--lens-x", `${(x - state.x) / state.scale}px`);
    lens.style.setProperty("--lens-y", `${(y - state.y) / state.scale}px`);
    lens.style.setProperty("--lens-r", `${72 / state.scale}px`);
  }

  // What was seen before is shown again only to who says why: the form that asks is there without a script, too.
  const again = viewer.querySelector("#again");
  if (again) again.hidden = true;
  let why = null;

  async function show(frame) {
    const headers = { Accept: "application/json, image/jpeg" };
    const asked = again
      ? { method: "POST", headers: { ...headers, "X-Form-Token": formToken }, body: new URLSearchParams({ why }) }
      : { headers };
    const answer = await fetch(frame.dataset.photo, asked);
    if (!answer.ok) {
      const problem = await answer.json().catch(() => null);
      throw new Error(answer.status === 401 ? "sign in again" : problem?.detail ?? `answered ${answer.status}`);
    }
    const address = URL.createObjectURL(await answer.blob());
    const veiled = new Image();
    veiled.className = `photo veil-${veil}`;
    veiled.alt = "";
    const through = new Image();
    through.className = "photo lens";
    through.alt = "";
    veiled.src = through.src = address;
    frame.append(veiled, through);
  }

  async function reveal() {
    if (!revealButton) return;
    if (state.shown) {
      for (const photo of stage.querySelectorAll(".photo")) {
        URL.revokeObjectURL(photo.src);
        photo.remove();
      }
      state.shown = false;
    } else if (again && !why) {
      if (again.hidden) {
        again.hidden = false;
        again.querySelector("button").focus();
      } else again.requestSubmit();
      return;
    } else {
      state.shown = true;
      mode(0);
      stage.classList.add("veiled");
      try {
        await Promise.all([...stage.querySelectorAll(".frame[data-photo]")].map(show));
      } catch (error) {
        words.textContent = `The photo cannot be shown: ${error.message}.`;
      }
      place();
    }
    revealButton.setAttribute("aria-pressed", String(state.shown));
    unveilButton.hidden = !state.shown || veil === "none";
    if (state.shown) words.textContent = "Photo, veiled: look through the circle at the pointer. That you looked is on record.";
    else words.textContent = "Drawings only.";
  }
  revealButton?.addEventListener("click", reveal);
  again?.addEventListener("submit", (event) => {
    event.preventDefault();
    why = again.elements.why.value;
    again.hidden = true;
    revealButton.focus();
    reveal();
  });
  unveilButton?.addEventListener("click", () => stage.classList.toggle("veiled"));
  return { mode, reveal };
}
