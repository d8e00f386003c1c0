// The page of an attempt: saves each answer as it is given, says so, keeps the time.
// Without this file the form's own buttons save the page.
import { arrange } from "./ordering.js";
import { flush, pending, put, token } from "./outbox.js";

const form = document.querySelector("form[data-attempt]");
const words = form.dataset;
const status = document.querySelector("[data-status]");
const TYPING = 600; // milliseconds after the last key
let seq = Date.now();
let submitting = false;
const waiting = new Map(); // question → timer

show("ready", words.ready);

const questions = [...form.querySelectorAll("[data-q]")];

function show(kind, text) {
  status.className = `saved ${kind}`;
  status.textContent = text;
}

/** The fields of one question, as the form would post them. */
function fieldsOf(question) {
  const name = `q${question.dataset.q}`;
  const fields = new URLSearchParams();
  for (const [key, value] of new FormData(form)) {
    if (key === name || key.startsWith(`${name}-`)) fields.append(key, value);
  }
  return fields.toString();
}

function save(question) {
  clearTimeout(waiting.get(question));
  waiting.delete(question);
  return put({
    attempt: words.attempt,
    q: question.dataset.q,
    url: words.save,
    client: words.client,
    seq: ++seq,
    body: fieldsOf(question),
  });
}

function later(question) {
  clearTimeout(waiting.get(question));
  waiting.set(
    question,
    setTimeout(() => save(question), TYPING),
  );
  show("saving", words.saving);
}

const saveWaiting = () => [...waiting.keys()].forEach(save);

const inMap = (number) => document.querySelector(`[data-number="${number}"]`);

function count() {
  const heading = document.querySelector("[data-answered]");
  const answered = document.querySelectorAll("[data-number].done").length;
  heading.textContent = heading.dataset.answered.replace("%s", answered);
}

form.addEventListener("input", (event) => {
  const question = event.target.closest("[data-q]");
  if (question && event.target.matches("input[type=text], textarea")) later(question);
});
form.addEventListener("change", (event) => {
  const question = event.target.closest("[data-q]");
  if (!question) return;
  if (event.target.matches("[data-flag]")) {
    inMap(question.dataset.q)?.classList.toggle("flag", event.target.checked);
  } else {
    save(question);
  }
});
addEventListener("pagehide", saveWaiting);

document.addEventListener("outbox", ({ detail }) => {
  const { state, entry } = detail;
  if (state === "saving") show("saving", words.saving);
  if (state === "kept") show("local", words.kept);
  if (state === "refused") show("failed", words.refused);
  if (state === "signed-out") {
    show("failed", `${words.signedOut} `);
    const link = document.createElement("a");
    link.href = words.signIn;
    link.textContent = words.signInWords;
    status.append(link);
  }
  if (state !== "saved") return;
  show("", words.saved.replace("%s", detail.saved_at));
  if (entry.attempt !== words.attempt) return;
  const was = form.elements[`was-q${entry.q}`];
  if (was) was.value = detail.signature;
  inMap(entry.q)?.classList.toggle("done", detail.answered);
  count();
  const problem = document.getElementById(`q${entry.q}-problem`);
  if (problem) {
    problem.textContent = detail.problem;
    problem.hidden = !detail.problem;
  }
});

/** Whether a field says something else than the page that came. */
function isChanged(field) {
  if (field.matches("[type=radio], [type=checkbox]")) return field.checked !== field.defaultChecked;
  if (!field.options) return field.value !== field.defaultValue;
  const came = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return field.value !== came?.value;
}

// What was answered while this file was still on its way, over a slow link, is the newest.
const early = questions.filter((question) =>
  [...question.querySelectorAll("input[name^=q], select[name^=q], textarea[name^=q]")].some(isChanged),
);
// What an earlier visit could not send stands in the form again.
for (const entry of pending(words.attempt)) {
  const question = questions.find((one) => one.dataset.q === entry.q);
  if (!question || early.includes(question)) continue;
  const fields = new URLSearchParams(entry.body);
  for (const field of question.querySelectorAll("input[name], select[name], textarea[name]")) {
    if (!field.name.startsWith("q")) continue;
    if (field.matches("[type=radio], [type=checkbox]")) {
      field.checked = fields.getAll(field.name).includes(field.value);
    } else {
      field.value = fields.get(field.name) ?? "";
    }
  }
  question.querySelectorAll("[data-ordering]").forEach(arrange);
}
early.forEach(save);
if (pending().length) flush();

/** Whoever signed in again in another tab has a new token; this page still holds the old one. */
function refreshToken(target) {
  const field = target.elements.csrfmiddlewaretoken;
  field.value = token() || field.value;
}

// Leaving the page by a button waits until all is acknowledged; then the form goes as it is.
form.addEventListener("submit", async (event) => {
  if (submitting) return;
  refreshToken(form);
  saveWaiting();
  if (!pending(words.attempt).length) return;
  event.preventDefault();
  const button = event.submitter;
  if (await flush()) {
    submitting = true;
    form.requestSubmit(button);
    submitting = false;
  } else {
    status.scrollIntoView({ block: "center" });
  }
});

function submitLate() {
  const late = document.querySelector("form[data-time-up]");
  refreshToken(late);
  late.requestSubmit();
}

// The clock: the server's deadline; shown or hidden as the officer likes, announced seldom.
const clock = document.querySelector("[data-seconds-left]");
if (clock) {
  const total = Number(clock.dataset.secondsTotal);
  const end = Date.now() + Number(clock.dataset.secondsLeft) * 1000;
  const announce = document.querySelector("[data-announce]");
  const marks = [total / 2, 600, 300, 60].filter((mark) => mark < total);
  let last = Infinity;
  const tick = async () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const minutes = Math.floor(left / 60);
    clock.textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
    clock.classList.toggle("due", left <= 300 && left > 60);
    clock.classList.toggle("late", left <= 60);
    if (marks.some((mark) => left <= mark && last > mark)) {
      announce.textContent = announce.dataset.announce.replace("%s", clock.textContent);
    }
    last = left;
    if (left > 0) return;
    clearInterval(timer);
    saveWaiting();
    if (await flush() && navigator.onLine) submitLate();
    else {
      const again = () => pending(words.attempt).length || submitLate();
      document.addEventListener("outbox", again);
      addEventListener("online", again);
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}

