/* Ordering questions: buttons and dragging beside the position selects, which alone work too.
 *
 * <ul data-ordering data-up="Move up" data-down="Move down" data-ui="uk">
 *   <li data-item="k1"><select>…<option value="1" data-said="Position 1 of 4">…</select><label>…
 *
 * The list's order and the selects are kept in step. Whatever moves an item, one bubbling
 * `change` comes from its select once all selects are set, so that autosave needs to know nothing.
 */

const itemsOf = (list) => [...list.children].filter((item) => item.dataset.item);
const selectOf = (item) => item.querySelector("select");

function place(list, item, index) {
  const others = itemsOf(list).filter((other) => other !== item);
  const focused = item.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(item, others[index] ?? null);
  focused?.focus(); // an element that moves loses it
}

function number(list) {
  const items = itemsOf(list);
  items.forEach((item, index) => {
    selectOf(item).value = String(index + 1);
  });
  markEnds(list);
}

function markEnds(list) {
  const items = itemsOf(list);
  items.forEach((item, index) => {
    // Not `disabled`, which would take the focus from the button just pressed.
    item.querySelector("[data-move='-1']").setAttribute("aria-disabled", String(index === 0));
    item
      .querySelector("[data-move='1']")
      .setAttribute("aria-disabled", String(index === items.length - 1));
  });
}

/** Put the items of an answer that stands whole in the selects where these say. */
export function arrange(list) {
  const given = (item) => Number(selectOf(item).value);
  const items = itemsOf(list);
  if (!items.every(given)) return;
  list.append(...items.sort((one, other) => given(one) - given(other)));
  markEnds(list);
}

function say(list, item) {
  const status = list.nextElementSibling;
  status.textContent = selectOf(item).selectedOptions[0].dataset.said ?? "";
}

function settle(list, item) {
  number(list);
  say(list, item);
  selectOf(item).dispatchEvent(new Event("change", { bubbles: true }));
}

function button(list, item, step, sign, words) {
  const made = document.createElement("button");
  const label = item.querySelector("label");
  label.id ||= `${selectOf(item).id}-text`;
  made.type = "button";
  made.className = "button ordering-move";
  made.id = `${selectOf(item).id}-${step < 0 ? "up" : "down"}`;
  made.dataset.move = String(step);
  made.textContent = sign;
  made.lang = list.dataset.ui ?? "";
  made.setAttribute("aria-label", words);
  made.setAttribute("aria-labelledby", `${made.id} ${label.id}`);
  made.addEventListener("click", () => {
    const index = itemsOf(list).indexOf(item) + step;
    if (index < 0 || index >= itemsOf(list).length) return;
    place(list, item, index);
    made.focus();
    settle(list, item);
  });
  return made;
}

function handle(list, item) {
  const made = document.createElement("span");
  made.className = "ordering-handle";
  made.textContent = "⋮⋮";
  made.setAttribute("aria-hidden", "true"); // the buttons do the same for who cannot drag
  made.style.touchAction = "none";
  made.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    drag(list, item, event.pointerId);
  });
  return made;
}

function drag(list, item, pointerId) {
  const before = itemsOf(list);
  const stop = new AbortController();
  const on = (target, kind, listener) =>
    target.addEventListener(kind, listener, { signal: stop.signal });
  const end = () => {
    stop.abort();
    item.classList.remove("dragging");
  };
  const giveUp = () => {
    end();
    place(list, item, before.indexOf(item));
  };
  // The list keeps the pointer: the item loses it when it moves in the document.
  list.setPointerCapture(pointerId);
  item.classList.add("dragging");
  on(list, "pointermove", (event) => {
    if (event.pointerId !== pointerId) return;
    const others = itemsOf(list).filter((other) => other !== item);
    const above = others.filter((other) => {
      const box = other.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    }).length;
    if (itemsOf(list).indexOf(item) !== above) place(list, item, above);
  });
  on(list, "pointerup", (event) => {
    if (event.pointerId !== pointerId) return;
    end();
    if (itemsOf(list).some((other, index) => other !== before[index])) settle(list, item);
  });
  on(list, "pointercancel", giveUp);
  on(document, "keydown", (event) => {
    if (event.key === "Escape") giveUp();
  });
}

/** Adds the buttons and the handles to one list; a second call does nothing. */
export function enhance(list) {
  if (list.dataset.enhanced) return;
  list.dataset.enhanced = "yes";
  const status = document.createElement("p");
  status.className = "hidden";
  status.lang = list.dataset.ui ?? "";
  status.setAttribute("role", "status");
  list.after(status);
  for (const item of itemsOf(list)) {
    const moves = document.createElement("span");
    moves.className = "ordering-moves";
    moves.append(
      button(list, item, -1, "↑", list.dataset.up),
      button(list, item, 1, "↓", list.dataset.down),
      handle(list, item),
    );
    item.append(moves);
  }
  markEnds(list);
  list.addEventListener("change", (event) => {
    const item = event.target.closest("[data-item]");
    const index = Number(event.target.value) - 1;
    // An emptied select is left alone; a settled one stands where it says.
    if (!item || index < 0) return;
    if (itemsOf(list).indexOf(item) !== index) place(list, item, index);
    number(list);
    say(list, item);
  });
}

export function enhanceAll(root) {
  for (const list of root.querySelectorAll("[data-ordering]")) enhance(list);
}

enhanceAll(document);
document.addEventListener("htmx:load", (event) => enhanceAll(event.target));
