// Answers that the server has not acknowledged yet, kept in this browser for one person and one
// attempt. Whatever happens to the page, the link or the session, they are sent when they can be.
const PREFIX = "waypost-answer:";
const WAITS = [1, 2, 5, 10, 30]; // seconds before another try
const person = document.body.dataset.person ?? "";

let failures = 0;
let timer = 0;
let running = null;

const keyOf = (entry) => `${PREFIX}${person}:${entry.attempt}:${entry.q}`;

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null; // storage refused or spoilt: nothing to send
  }
}

function keys(attempt = "") {
  if (!person) return [];
  const start = `${PREFIX}${person}:${attempt}`;
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

// Where storage is refused (private windows, policies) the memory of the page has to do.
const memory = new Map();

/** The entries not yet acknowledged, of one attempt or of all. */
export function pending(attempt = "") {
  const stored = keys(attempt).map(read).filter(Boolean);
  const kept = [...memory.values()].filter((entry) => !attempt || entry.attempt === attempt);
  return [...stored, ...kept];
}

function tell(state, detail = {}) {
  document.dispatchEvent(new CustomEvent("outbox", { detail: { state, ...detail } }));
}

/** Keep an answer {attempt, q, url, client, seq, body} until it is acknowledged, and send it. */
export function put(entry) {
  try {
    localStorage.setItem(keyOf(entry), JSON.stringify(entry));
    memory.delete(keyOf(entry));
  } catch {
    memory.set(keyOf(entry), entry);
  }
  return flush();
}

/** Forget an answer, unless a newer one has taken its place meanwhile. */
function drop(entry) {
  const key = keyOf(entry);
  if (memory.get(key)?.seq === entry.seq) memory.delete(key);
  if (read(key)?.seq === entry.seq) localStorage.removeItem(key);
}

/** Forget all that this browser keeps of the person, also what is typed (keep.js): he signs out. */
export function clear() {
  memory.clear();
  if (!person) return;
  const own = [`${PREFIX}${person}:`, `waypost-kept:${person}:`];
  try {
    for (const key of Object.keys(localStorage)) {
      if (own.some((start) => key.startsWith(start))) localStorage.removeItem(key);
    }
  } catch {
    // storage refused: nothing is there
  }
}

/** The value of a cookie of ours, "" without one; with https its name begins with "__Host-". */
export function cookie(name) {
  const values = new Map(document.cookie.split("; ").map((one) => one.split(/=(.*)/, 2)));
  return values.get(`__Host-${name}`) ?? values.get(name) ?? "";
}

export const token = () => cookie("csrftoken");

async function send(entry) {
  const body = new URLSearchParams(entry.body);
  body.set("q", entry.q);
  body.set("client", entry.client);
  body.set("seq", entry.seq);
  const answer = await fetch(entry.url, {
    method: "POST",
    body,
    keepalive: true,
    credentials: "same-origin",
    headers: { "X-CSRFToken": token() },
    signal: AbortSignal.timeout?.(15000),
  });
  if (answer.ok) {
    drop(entry);
    tell("saved", { entry, ...(await answer.json()) });
    return true;
  }
  if ([400, 404, 409].includes(answer.status)) {
    drop(entry); // sending it again would not help
    tell("refused", { entry, status: answer.status });
    return true;
  }
  tell(answer.status === 401 ? "signed-out" : "kept", { entry });
  return false;
}

async function run() {
  clearTimeout(timer);
  for (let entries = pending(); entries.length; entries = pending()) {
    tell("saving");
    for (const entry of entries) {
      let done = false;
      try {
        done = await send(entry);
      } catch {
        tell("kept", { entry });
      }
      if (!done) {
        timer = setTimeout(flush, 1000 * WAITS[Math.min(failures++, WAITS.length - 1)]);
        return false;
      }
    }
  }
  failures = 0;
  return true;
}

/** Send what waits; true when nothing is left. One run at a time, a later one after it. */
export function flush() {
  running = (running ?? Promise.resolve()).then(run, run);
  return running;
}

addEventListener("online", () => flush());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && pending().length) flush();
});
// The page of an attempt first shows what waits, and then sends it (attempt.js).
if (pending().length && !document.querySelector("form[data-attempt]")) flush();
