// The question editor and the quiz builder, quicker: a preview that follows the typing, rows that
// are added, moved and removed in place, slots that can be dragged. Without this file the same
// buttons do the same by sending the form.
//
//   <form data-live="/preview/">…<div data-live-into>      the server's piece of page goes in there
//   <form data-live="…" data-live-target="id" data-live-act="say">
//   <ol data-rows="choices" data-most="20"><li data-row="r1">…  <button data-add="choices">
//   <form data-arrange><ol data-slots><li data-slot>…<span data-handle>
import { enhanceAll as enhanceMatching } from "./matching.js";
import { enhanceAll as enhanceOrdering } from "./ordering.js";

const WAIT = 400; // milliseconds after the last change

function follow(form) {
  const target = form.dataset.liveTarget
    ? document.getElementById(form.dataset.liveTarget)
    : form.querySelector("[data-live-into]");
  let timer = 0;
  let running = null;

  const send = async (act) => {
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    const body = new FormData(form);
    body.set("act", act);
    body.delete("kept");
    try {
      const answer = await fetch(form.dataset.live, { method: "POST", body, signal: running.signal });
      if (!answer.ok || answer.redirected) return false;
      target.innerHTML = await answer.text();
    } catch {
      return false; // no link: the next change tries again
    }
    enhanceOrdering(target);
    enhanceMatching(target);
    return true;
  };

  const later = (event) => {
    const inside = target.contains(event.target);
    if (inside && event.target.name !== "preview") return; // an answer being tried
    clearTimeout(timer);
    timer = setTimeout(() => send(form.dataset.liveAct ?? "preview"), WAIT);
  };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("rows", later);

  form.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-check], [data-no-script]");
    if (!button) return;
    event.preventDefault();
    const isCheck = button.matches("[data-check]");
    if (!(await send(isCheck ? "check" : "preview"))) return form.requestSubmit(button);
    target.querySelector("[data-result]")?.focus();
  });
}

const rowsOf = (list) => [...list.children].filter((row) => row.dataset.row);
const isBlank = (row) => ![...row.querySelectorAll("input:not([type])" +
  ", input[type=text], input[type=hidden]:not([name$='-row'])")].some((input) => input.value.trim());

/** A row of its own beside the last: the same fields under a new id, empty. */
function addRow(list, wanted = "") {
  const rows = rowsOf(list);
  if (rows.length >= Number(list.dataset.most)) return null;
  const last = rows[rows.length - 1];
  const ids = new Set(rows.map((row) => row.dataset.row));
  let number = rows.length + 1;
  while (ids.has(`r${number}`)) number += 1;
  const id = wanted || `r${number}`;
  const old = last.dataset.row;
  const made = last.cloneNode(true);
  made.dataset.row = id;
  for (const element of made.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "value", "aria-describedby"]) {
      const text = element.getAttribute(name);
      if (!text) continue;
      if (name === "value" && !element.matches("button, [type=radio], [type=checkbox], [name$='-row']")) continue;
      if (name === "value" && !element.matches("button")) element.setAttribute(name, id);
      else element.setAttribute(name, text.replace(`-${old}`, `-${id}`));
    }
    element.removeAttribute("aria-invalid");
    if (element.matches("[type=radio], [type=checkbox]")) element.checked = false;
    else if (element.matches("input:not([name$='-row'])")) element.value = "";
  }
  for (const error of made.querySelectorAll(".errorlist")) error.remove();
  list.append(made);
  renumber(list);
  return made;
}

/** The words that name a row to a screen reader say its place. */
function renumber(list) {
  rowsOf(list).forEach((row, index) => {
    for (const words of row.querySelectorAll(".hidden")) {
      words.textContent = words.textContent.replace(/\d+/, String(index + 1));
    }
    const blank = isBlank(row);
    for (const button of row.querySelectorAll("button")) button.tabIndex = blank ? -1 : 0;
  });
}

const changed = (list) => list.dispatchEvent(new Event("rows", { bubbles: true }));

function rows(list) {
  const form = list.closest("form");
  list.addEventListener("input", () => {
    const all = rowsOf(list);
    if (!isBlank(all[all.length - 1])) addRow(list);
  });
  list.addEventListener("focusout", () => renumber(list));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move], [data-remove]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-row]");
    const all = rowsOf(list);
    const place = all.indexOf(row);
    if (button.matches("[data-remove]")) {
      if (all.length === 1 || place === all.length - 1) addRow(list);
      (all[place + 1] ?? rowsOf(list)[place + 1])?.querySelector("input:not([type=hidden])")?.focus();
      row.remove();
    } else {
      const other = all[place + Number(button.dataset.move)];
      if (!other) return;
      if (button.dataset.move === "1") other.after(row);
      else other.before(row);
      button.focus(); // an element that moves loses it
    }
    renumber(list);
    changed(list);
  });
  // Several lines pasted into a row are as many rows.
  list.addEventListener("paste", (event) => {
    const lines = (event.clipboardData?.getData("text") ?? "").split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
    const input = event.target;
    if (lines.length < 2 || !input.matches("input")) return;
    event.preventDefault();
    const row = input.closest("[data-row]");
    const key = input.name.replace(`-${row.dataset.row}`, "-*");
    let place = rowsOf(list).indexOf(row);
    for (const line of lines) {
      const here = rowsOf(list)[place] ?? addRow(list);
      if (!here) break;
      here.querySelector(`[name="${key.replace("*", here.dataset.row)}"]`).value = line;
      place += 1;
    }
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.querySelector(`[data-add="${list.dataset.rows}"]`)?.addEventListener("click", (event) => {
    const made = addRow(list);
    if (!made) return;
    event.preventDefault();
    made.querySelector("input:not([type=hidden], [type=radio], [type=checkbox])").focus();
  });
  // What keep.js is about to fill in may have more rows than the page.
  form.addEventListener("keep:restore", (event) => {
    const there = new Set(rowsOf(list).map((row) => row.dataset.row));
    for (const id of event.detail?.fields?.getAll(`${list.dataset.rows}-row`) ?? []) {
      if (!there.has(id)) addRow(list, id);
    }
  });
  form.addEventListener("keep:restored", () => changed(list));
}

function drag(form) {
  const list = form.querySelector("[data-slots]");
  for (const slot of list.children) {
    const handle = slot.querySelector("[data-handle]");
    handle.textContent = "⋮⋮";
    handle.style.touchAction = "none";
    handle.addEventListener("pointerdown", (down) => {
      if (down.button !== 0) return;
      down.preventDefault();
      const before = [...list.children];
      const stop = new AbortController();
      const { signal } = stop;
      list.setPointerCapture(down.pointerId);
      slot.classList.add("dragging");
      list.addEventListener("pointermove", (event) => {
        const others = [...list.children].filter((other) => other !== slot);
        const next = others.find((other) => {
          const box = other.getBoundingClientRect();
          return event.clientY < box.top + box.height / 2;
        });
        if (slot.nextElementSibling !== (next ?? null)) list.insertBefore(slot, next ?? null);
      }, { signal });
      const end = (save) => {
        stop.abort();
        slot.classList.remove("dragging");
        if (!save) list.append(...before);
        else if ([...list.children].some((other, index) => other !== before[index])) {
          form.requestSubmit(form.querySelector("button[value=order]"));
        }
      };
      list.addEventListener("pointerup", () => end(true), { signal });
      list.addEventListener("pointercancel", () => end(false), { signal });
    });
  }
}

for (const form of document.querySelectorAll("form[data-live]")) follow(form);
for (const list of document.querySelectorAll("[data-rows]")) rows(list);
for (const form of document.querySelectorAll("form[data-arrange]")) drag(form);
