/**
 * Sending a form without leaving the page: progress is shown, what was typed and chosen stays if the network fails, and
 * the page that answers takes the place of this one's content.
 */

import { words } from "./words.js";

/**
 * @param {HTMLFormElement} form
 * @param {FormData | string} body A string is JSON.
 * @param {HTMLElement} progress
 * @returns {Promise<number | null>} The status of the answer, which is shown; null if there was none.
 */
export async function send(form, body, progress) {
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  try {
    const answer = await posted(form.action, body, (percent) => {
      progress.textContent = percent < 100 ? words("sending", { percent }) : words("looking");
    });
    show(answer.responseText);
    return answer.status;
  } catch {
    progress.textContent = words("offline");
    return null;
  } finally {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
}

/** `fetch` does not say how much of a body has been sent. */
function posted(address, body, progressed) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "text/html");
    if (typeof body === "string") request.setRequestHeader("Content-Type", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => progressed(Math.floor((100 * loaded) / total)));
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", reject);
    request.addEventListener("abort", reject);
    request.send(body);
  });
}

/** @param {string} html A whole page of this service, which escaped everything in it. */
function show(html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  document.title = answer.title;
  document.getElementById("main").replaceWith(document.adoptNode(answer.getElementById("main")));
  document.dispatchEvent(new CustomEvent("shown"));
  const first = document.getElementById("mistakes") ?? document.querySelector("#main h1");
  first.setAttribute("tabindex", "-1");
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: "start" });
}
