/* The outline editor: dragging lessons beside the buttons that move them, which alone work too.
 *
 * A drop posts what a button would: "lesson KEY before|after|into KEY", by the same form.
 */

const planner = document.querySelector("[data-planner]");
const form = document.getElementById("arrange");

function post(move) {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "move";
  field.value = move;
  form.append(field);
  form.submit();
}

/** Where the item stands now, in the words of the form. */
function placeOf(item) {
  const next = item.nextElementSibling;
  const before = item.previousElementSibling;
  const key = item.dataset.key;
  if (next) return `lesson ${key} before ${next.dataset.key}`;
  if (before) return `lesson ${key} after ${before.dataset.key}`;
  return `lesson ${key} into ${item.closest("section").dataset.key}`;
}

function drag(item, pointerId) {
  const home = { list: item.parentElement, next: item.nextElementSibling };
  const stop = new AbortController();
  const on = (target, kind, listener) =>
    target.addEventListener(kind, listener, { signal: stop.signal });
  const end = () => {
    stop.abort();
    item.classList.remove("moving");
  };
  const giveUp = () => {
    end();
    home.list.insertBefore(item, home.next);
  };
  planner.setPointerCapture(pointerId);
  item.classList.add("moving");
  on(planner, "pointermove", (event) => {
    if (event.pointerId !== pointerId) return;
    const sections = [...planner.querySelectorAll("section")];
    const inside = sections.filter((one) => one.getBoundingClientRect().top <= event.clientY);
    const list = (inside.at(-1) ?? sections[0]).querySelector("ol");
    const others = [...list.children].filter((other) => other !== item);
    const below = others.find((other) => {
      const box = other.getBoundingClientRect();
      return event.clientY < box.top + box.height / 2;
    });
    if (item.parentElement !== list || item.nextElementSibling !== (below ?? null)) {
      list.insertBefore(item, below ?? null);
    }
    const edge = 60;
    if (event.clientY < edge) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - edge) window.scrollBy(0, 12);
  });
  on(planner, "pointerup", (event) => {
    if (event.pointerId !== pointerId) return;
    end();
    if (item.parentElement !== home.list || item.nextElementSibling !== home.next) {
      post(placeOf(item));
    }
  });
  on(planner, "pointercancel", giveUp);
  on(document, "keydown", (event) => {
    if (event.key === "Escape") giveUp();
  });
}

if (planner && form) {
  planner.dataset.ready = "yes";
  planner.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest(".grip");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    drag(grip.closest("li"), event.pointerId);
  });
  // What opens to be typed in is typed in: one click less.
  for (const details of planner.querySelectorAll("details.add")) {
    details.addEventListener("toggle", () => {
      if (details.open) details.querySelector("[name=title]").focus();
    });
  }
  // A button that moved something keeps the focus: the page comes back to it.
  for (const button of planner.querySelectorAll("button[name=move]")) {
    button.addEventListener("click", () => {
      form.elements.pressed.value = button.id.startsWith("up-") ? "up" : "down";
    });
  }
  // A place that was asked for by its address opens.
  const asked = document.getElementById(location.hash.slice(1));
  if (asked?.matches("details")) asked.open = true;
}
