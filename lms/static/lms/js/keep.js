// What is typed into a form is kept in this browser, for this person, until the server has it:
// an error, a broken link, an expired session or a closed window lose nothing.
//
//   <form method="post" data-keep="question-17">      a name no other form has
//
// The form is filled again when it comes without what was kept, with a notice above it and a button
// that throws it away. The server says that it took a form by the cookie "kept"
// (lms.ui.middleware.Kept); signing out wipes all (outbox.js).
//
// A hidden field with data-once names what the form makes, so that a save repeated makes one thing.
// Each page has a new one: it does not count as a change, and comes back with what was typed.
//
// For scripts that draw fields of their own, the form hears "keep:restore" before it is filled
// (detail.fields: a URLSearchParams; make the rows that it names) and "keep:restored" after. For
// those that send by themselves: kept(), keep(), drop().
import { cookie } from "./outbox.js";

export const PREFIX = "waypost-kept:";
const TYPING = 300; // milliseconds after the last key
const COOKIE = "kept";
const person = document.body.dataset.person ?? "";
const keyOf = (name) => `${PREFIX}${person}:${name}`;

/** What is kept under a name: {stamp, at, from, fields}, or null. */
export function kept(name) {
  if (!person) return null;
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)));
  } catch {
    return null; // storage refused or spoilt
  }
}

/** Keep an entry; false where the browser refuses. */
export function keep(name, entry) {
  if (!person) return false;
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(entry));
    return true;
  } catch {
    return false;
  }
}

/** Forget what is kept; with a stamp, only if nothing was typed after it. */
export function drop(name, stamp = "") {
  if (stamp && kept(name)?.stamp !== stamp) return;
  try {
    localStorage.removeItem(keyOf(name));
  } catch {
    // storage refused: nothing is there
  }
}

export const newStamp = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;

/** A moment as people say it: the time, and the day if it is another. */
export function inWords(at) {
  const then = new Date(at);
  const options = { hour: "2-digit", minute: "2-digit" };
  if (then.toDateString() !== new Date().toDateString()) Object.assign(options, { day: "numeric", month: "long" });
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(then);
}

// The forms that the server took since the last page: "name~stamp name~stamp".
function acknowledge() {
  const found = cookie(COOKIE);
  if (!found) return;
  for (const one of decodeURIComponent(found).split(" ")) drop(...one.split("~"));
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}${COOKIE}=; path=/; max-age=0; samesite=lax${secure}`;
}

const hasErrors = (form) => form.querySelector('.errors, [aria-invalid="true"]') !== null;
const isOnce = (field) => field?.dataset?.once !== undefined;
const isSecret = (field) => ["password", "file"].includes(field?.type);

/** The fields of a form as it would post them, without tokens, passwords and files. */
function fieldsOf(form) {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const field = form.elements[name];
    if (typeof value !== "string" || name === "csrfmiddlewaretoken" || name === COOKIE) continue;
    if (isSecret(field) || isOnce(field)) continue;
    fields.append(name, value);
  }
  return fields;
}

/** What the form is to make: the values of its data-once fields, by name. */
const onceOf = (form) =>
  Object.fromEntries([...form.querySelectorAll("[data-once]")].map((field) => [field.name, field.value]));

/** Put the fields into the form; returns those for which it has no place. */
function fill(form, fields) {
  form.dispatchEvent(new CustomEvent("keep:restore", { detail: { fields } }));
  const without = new Map();
  for (const name of new Set(fields.keys())) without.set(name, fields.getAll(name));
  const places = new Map(); // name → how many of its values are placed
  for (const field of form.elements) {
    const { name } = field;
    if (!name || field.type === "hidden" || isSecret(field)) {
      if (name) without.delete(name);
      continue;
    }
    const values = fields.getAll(name);
    const before = field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
    if (field.type === "checkbox" || field.type === "radio") {
      field.checked = values.includes(field.value);
    } else if (field.tagName === "SELECT" && field.multiple) {
      for (const option of field.options) option.selected = values.includes(option.value);
    } else if (field.matches("input, textarea, select")) {
      if (!fields.has(name)) continue;
      const place = places.get(name) ?? 0;
      if (place < values.length) field.value = values[place];
      places.set(name, place + 1);
    } else {
      continue;
    }
    without.delete(name);
    const after = field.type === "checkbox" || field.type === "radio" ? field.checked : field.value;
    if (before !== after || field.multiple) {
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  form.dispatchEvent(new CustomEvent("keep:restored"));
  return [...without.values()].flat().filter((value) => value.trim());
}

function button(label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button quiet";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

/** A notice above a form: words with %s for the time, buttons, and texts without a place. */
function notice(form, { words, at, buttons, left = [] }) {
  const box = document.createElement("div");
  box.className = "note due row apart kept";
  box.setAttribute("role", "status");
  const text = document.createElement("p");
  text.textContent = words.replace("%s", inWords(at));
  box.append(text, ...buttons);
  for (const value of left) {
    const lost = document.createElement("pre");
    lost.textContent = value;
    box.append(lost);
  }
  form.prepend(box);
  return box;
}

function watch(form) {
  const name = form.dataset.keep;
  const words = document.getElementById("keep-words")?.dataset ?? {};
  const original = fieldsOf(form).toString();
  let stamp = newStamp();
  let timer = 0;
  let isFilling = false;
  let from = original; // what the server had when the typing began

  const save = () => {
    clearTimeout(timer);
    const fields = fieldsOf(form).toString();
    if (fields === (kept(name)?.fields ?? original)) return;
    if (fields === original && !hasErrors(form)) return drop(name);
    stamp = newStamp();
    keep(name, { stamp, at: Date.now(), from, fields, once: onceOf(form) });
  };
  const later = () => {
    if (isFilling) return;
    clearTimeout(timer);
    timer = setTimeout(save, TYPING);
  };
  const saveNow = () => timer && save();

  const entry = kept(name);
  if (entry && document.body.dataset.posted === `${name}~${entry.stamp}`) {
    // The page is the answer to what was sent: all of it stands here, and none of it is saved.
    ({ stamp, from } = entry);
    keep(name, { ...entry, fields: original, once: onceOf(form) });
  } else if (entry?.fields === original) {
    stamp = entry.stamp;
    if (!hasErrors(form)) drop(name); // the server has it all
  } else if (entry) {
    stamp = entry.stamp;
    let box;
    const away = button(words.away, () => {
      drop(name);
      if (entry.from === original) location.reload();
      else box.remove();
    });
    const restore = () => {
      isFilling = true;
      const left = fill(form, new URLSearchParams(entry.fields));
      for (const field of form.querySelectorAll("[data-once]")) field.value = entry.once?.[field.name] ?? field.value;
      isFilling = false;
      return left;
    };
    if (entry.from === original) {
      const left = restore();
      box = notice(form, { words: words.restored, at: entry.at, buttons: [away], left });
    } else {
      // Somebody saved this meanwhile: what was typed comes in only when asked for.
      const back = button(words.back, () => {
        box.remove();
        const left = restore();
        if (left.length) notice(form, { words: words.restored, at: entry.at, buttons: [], left });
        later();
      });
      box = notice(form, { words: words.changed, at: entry.at, buttons: [back, away] });
    }
  }

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("reset", () => setTimeout(later));
  addEventListener("pagehide", saveNow);
  form.addEventListener("submit", (event) => {
    save();
    if (!navigator.onLine && words.offline) {
      event.preventDefault(); // it would lead to the browser's error page
      notice(form, { words: words.offline, at: Date.now(), buttons: [] });
      return;
    }
    const token = cookie("csrftoken");
    const field = form.elements.csrfmiddlewaretoken;
    if (token && field) field.value = token; // whoever signed in again elsewhere has a new one
    let mark = form.elements[COOKIE];
    if (!mark) {
      mark = document.createElement("input");
      mark.type = "hidden";
      mark.name = COOKIE;
      form.append(mark);
    }
    mark.value = `${name}~${stamp}`;
  });
}

acknowledge();
document.querySelectorAll("form[data-keep]").forEach(watch);
