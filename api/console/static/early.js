// Runs before the page is there: keys pressed while it loads are kept, and pressed again once its script listens.
window.earlyKeys = [];
window.keepEarlyKey = (event) => {
  if (!event.target.closest?.("textarea, input, select")) window.earlyKeys.push(event.key);
};
document.addEventListener("keydown", window.keepEarlyKey);
