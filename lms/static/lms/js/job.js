// A job's page follows the job by itself. Without this file it is loaded again by its link, or
// every five seconds where scripts are off.
const WAITS = [1, 1, 2, 2, 3, 5]; // seconds between two looks

async function look(turn) {
  const shown = document.querySelector("[data-job][data-unfinished]");
  if (!shown) return;
  let next = turn + 1;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.redirected || response.status === 404) return location.reload();
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const found = page.querySelector("[data-job]");
    if (found && !shown.contains(document.activeElement)) shown.replaceWith(found);
    else if (found) update(shown, found);
  } catch {
    next = WAITS.length; // the link is broken or the server busy: look again later
  }
  setTimeout(look, WAITS[Math.min(next, WAITS.length - 1)] * 1000, next);
}

// Somebody is on a link in here: only the figures change, until it is finished.
function update(shown, found) {
  if (!found.hasAttribute("data-unfinished")) {
    shown.replaceWith(found);
    found.querySelector("a.button")?.focus();
    return;
  }
  const parts = ["h2", "progress", "dl"];
  for (const part of parts) shown.querySelector(part).replaceWith(found.querySelector(part));
}

setTimeout(look, 1000, 0);
