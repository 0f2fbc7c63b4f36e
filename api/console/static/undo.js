// The line that says what was decided goes once it is too late to undo; its address does not stay in the history.
export function startUndo() {
  const done = document.getElementById("done");
  if (!done) return;
  setTimeout(() => done.remove(), 1000 * Number(done.dataset.leftS));
  const clean = new URL(location.href);
  clean.searchParams.delete("done");
  history.replaceState(null, "", clean);
}

// Listens to keys, those too that were pressed while the page was loading; `press` tells whether it took one.
export function listen(press) {
  document.removeEventListener("keydown", window.keepEarlyKey);
  document.addEventListener("keydown", (event) => {
    if (press(event)) event.preventDefault();
  });
  for (const key of window.earlyKeys.splice(0)) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
}
