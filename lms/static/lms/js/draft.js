// A lesson's text is kept as it is typed: on this device at once, on the server two seconds after
// typing stops. How it is kept always stands near the title. Without this file the form saves.
import { drop, inWords, keep, kept, newStamp } from "./keep.js";
import { token } from "./outbox.js";

const TYPING = 1500; // milliseconds after the last key
const LONGEST = 8000; // while somebody types on and on
const WAITS = [2, 5, 10, 30]; // seconds before another try

const form = document.querySelector("form[data-text]");
const words = form.dataset;
const name = `text-${words.text}`;
const status = form.querySelector("[data-status]");
const othersLine = form.querySelector("[data-others-writing]");
const title = form.elements.title;
const body = form.elements.body;
const own = () => ({ title: title.value, body: body.value });
const same = (one, two) => one.title === two.title && one.body === two.body;

let original = own(); // what the page came with
let onServer = own();
let editor = null;
let stamp = "";
let timer = 0;
let since = 0; // when the first change was typed that the server has not got
let failures = 0;
let sending = null;
let leaving = false;
let conflicts = "";

function show(kind, text, ...more) {
  status.className = `saved ${kind}`;
  status.replaceChildren(text, ...more);
}

function link(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button plain";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function signIn() {
  const made = document.createElement("a");
  made.href = words.signIn;
  made.textContent = words.signInWords;
  made.addEventListener("click", () => (leaving = true)); // what is unsent is kept and comes again
  return made;
}

/** Keep on this device; the server's turn comes when typing stops. */
function changed() {
  if (leaving || same(own(), onServer)) return;
  stamp = newStamp();
  const isKept = keep(name, { stamp, at: Date.now(), from: JSON.stringify(original), ...own(), base: form.elements.base.value });
  since ||= Date.now();
  show("saving", isKept ? words.saving : words.unsaved);
  clearTimeout(timer);
  timer = setTimeout(send, Math.max(0, Math.min(TYPING, since + LONGEST - Date.now())));
}

async function send() {
  clearTimeout(timer);
  if (leaving || sending) return sending;
  const typed = own();
  const sent = stamp;
  if (same(typed, onServer)) return null;
  show("saving", words.saving);
  sending = post(typed)
    .then((said) => {
      onServer = typed;
      since = failures = 0;
      drop(name, sent);
      show("", words.saved.replace("%s", said.saved_at));
      tellOthers(said);
    })
    .catch((problem) => failed(problem))
    .finally(() => {
      sending = null;
      if (!failures && !same(own(), onServer)) changed();
    });
  return sending;
}

async function post(typed, keepalive = false) {
  const fields = new URLSearchParams({ ...typed, base: form.elements.base.value });
  const answer = await fetch(words.draft, {
    method: "POST",
    body: fields,
    credentials: "same-origin",
    headers: { "X-CSRFToken": token() || form.elements.csrfmiddlewaretoken.value, Accept: "application/json" },
    keepalive,
    signal: AbortSignal.timeout?.(20000),
  });
  if (!answer.ok) throw answer.status;
  return answer.json();
}

function failed(problem) {
  const wait = WAITS[Math.min(failures++, WAITS.length - 1)];
  clearTimeout(timer);
  if (problem === 401 || problem === 403) {
    show("failed", `${words.signedOut} `, signIn());
    timer = setTimeout(send, 30000); // he may sign in again in another tab
  } else if (problem === 400 || problem === 404) {
    show("failed", `${words.failed} `, link(words.retry, send));
  } else {
    show("local", `${words.local} `, link(words.retry, send));
    timer = setTimeout(send, 1000 * wait);
  }
}

function tellOthers(said) {
  const lines = [];
  if (said.newer) lines.push(words.newer.replace("%s", said.newer));
  if (said.others.length) lines.push(words.others.replace("%s", said.others.join(", ")));
  if (lines.join(" ") !== conflicts) {
    conflicts = lines.join(" ");
    othersLine.textContent = conflicts;
    othersLine.hidden = !conflicts;
  }
}

/** Put a text into the form and its editor. */
function put(typed) {
  title.value = typed.title;
  if (editor) editor.setData(typed.body, { callback: () => editor.updateElement() });
  body.value = typed.body;
  form.elements.base.value = typed.base ?? form.elements.base.value;
}

/** What an earlier visit could not send: put in again, or offered when the text has changed. */
function restore() {
  const entry = kept(name);
  if (!entry || same(entry, own())) return drop(name);
  const box = document.createElement("div");
  box.className = "note due row apart";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  const isFresh = entry.base === form.elements.base.value;
  text.textContent = (isFresh ? words.restored : words.waiting).replace("%s", inWords(entry.at));
  const away = link(words.away, () => {
    drop(name);
    box.remove();
    if (!isFresh) return;
    put({ ...original, base: form.elements.base.value });
    changed();
  });
  const back = link(words.back, () => {
    box.remove();
    put(entry);
    changed();
  });
  box.append(text, ...(isFresh ? [away] : [back, away]));
  const notices = document.querySelector("[data-notices]");
  notices.append(box);
  notices.hidden = false;
  if (!isFresh) return;
  put(entry);
  changed();
}

form.addEventListener("input", changed);
form.addEventListener("rich:ready", ({ detail }) => {
  editor = detail.editor;
  // The editor writes the same HTML in its own way; that is no change of the text.
  const before = own();
  editor?.updateElement();
  if (same(before, onServer)) original = onServer = own();
  restore();
});

addEventListener("online", send);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && !leaving && since) send();
});
addEventListener("pagehide", () => {
  if (leaving || same(own(), onServer)) return;
  post(own(), true).catch(() => {}); // what is too long for it stays on this device
});
addEventListener("beforeunload", (event) => {
  if (!leaving && !same(own(), onServer)) event.preventDefault();
});
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  form.requestSubmit();
});

/** While the link is broken a save would lead to the browser's error page: it waits for the link. */
async function saveWhenBack(button) {
  editor?.updateElement();
  changed();
  await send();
  if (failures || !same(own(), onServer)) return status.scrollIntoView({ block: "center" });
  form.requestSubmit(button);
}

// The whole form goes as it is; what is kept here stays until the server says that it has it.
form.addEventListener("submit", (event) => {
  if (!navigator.onLine || failures) {
    event.preventDefault();
    saveWhenBack(event.submitter);
    return;
  }
  leaving = true;
  clearTimeout(timer);
  editor?.updateElement();
  stamp = newStamp();
  keep(name, { stamp, at: Date.now(), from: JSON.stringify(original), ...own(), base: form.elements.base.value });
  form.elements.csrfmiddlewaretoken.value = token() || form.elements.csrfmiddlewaretoken.value;
  let mark = form.elements.kept;
  if (!mark) {
    mark = document.createElement("input");
    mark.type = "hidden";
    mark.name = "kept";
    form.append(mark);
  }
  mark.value = `${name}~${stamp}`;
  show("saving", words.saving);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) leaving = false;
});

// The form of the text has the words of that name.
for (const away of document.querySelectorAll("form[data-away]:not([data-text])")) {
  away.addEventListener("submit", () => {
    leaving = true;
    drop(name);
  });
}

if (!document.querySelector("textarea[data-rich]")) restore();
