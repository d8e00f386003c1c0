/* Matching questions: options to drag onto the pairs, beside the selects, which alone work too.
 *
 * <div data-matching>
 *   <div><label>…<select><option value="">…<option value="k1" lang="en">…</select></div>
 *
 * A drop sets the pair's select and sends one bubbling `change` from it, so that autosave needs
 * to know nothing. A touch scrolls nothing while it drags, so the page follows at its edges.
 */

const EDGE = 56; // pixels from the window's top or bottom within which the page follows
const STEP = 10; // pixels a frame

const selectsOf = (root) => [...root.querySelectorAll("select")];
const pairOf = (select) => select.parentElement;

const holds = (box, { x, y }) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom;

function drop(select, value) {
  if (select.value === value) return;
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** What moves with the pointer: a copy, so that the others stay where they are. */
function copyOf(chip) {
  const box = chip.getBoundingClientRect();
  const copy = chip.cloneNode(true);
  copy.classList.add("dragging");
  copy.style.width = `${box.width}px`;
  chip.after(copy);
  return { copy, box };
}

function drag(root, chip, start) {
  const { pointerId } = start;
  const { copy, box } = copyOf(chip);
  const stop = new AbortController();
  let at = { x: start.clientX, y: start.clientY };
  let over = null;
  let frame = 0;
  const on = (target, kind, listener) =>
    target.addEventListener(kind, listener, { signal: stop.signal });
  const onPointer = (kind, listener) =>
    on(chip, kind, (event) => {
      if (event.pointerId === pointerId) listener(event);
    });
  const mark = (select) => {
    if (over === select) return;
    if (over) pairOf(over).classList.remove("over");
    if (select) pairOf(select).classList.add("over");
    over = select;
  };
  const move = () => {
    copy.style.left = `${box.left + at.x - start.clientX}px`;
    copy.style.top = `${box.top + at.y - start.clientY}px`;
    mark(selectsOf(root).find((one) => holds(pairOf(one).getBoundingClientRect(), at)) ?? null);
  };
  const follow = () => {
    const all = root.getBoundingClientRect(); // no further than the question
    const up = at.y < EDGE && all.top < EDGE;
    const down = at.y > innerHeight - EDGE && all.bottom > innerHeight - EDGE;
    const way = Number(down) - Number(up);
    if (way) {
      scrollBy({ top: way * STEP, behavior: "instant" });
      move();
    }
    frame = requestAnimationFrame(follow);
  };
  const end = () => {
    stop.abort();
    cancelAnimationFrame(frame);
    mark(null);
    copy.remove();
  };
  chip.setPointerCapture(pointerId);
  move();
  onPointer("pointermove", (event) => {
    // The chip may lie at the edge itself: only a pointer that moved makes the page follow.
    frame ||= requestAnimationFrame(follow);
    at = { x: event.clientX, y: event.clientY };
    move();
  });
  onPointer("pointerup", () => {
    const select = over;
    end();
    if (select) drop(select, chip.dataset.value);
  });
  onPointer("pointercancel", end);
  on(document, "scroll", move); // by the wheel
  on(document, "keydown", (event) => {
    if (event.key === "Escape") end();
  });
}

function chipOf(root, option) {
  const made = document.createElement("span");
  made.className = "matching-option";
  made.dataset.value = option.value;
  made.textContent = option.text;
  if (option.lang) made.lang = option.lang;
  made.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    drag(root, made, event);
  });
  return made;
}

/** Adds the options to one question; a second call does nothing. */
export function enhance(root) {
  const [select] = selectsOf(root);
  if (!select || root.dataset.enhanced) return;
  root.dataset.enhanced = "yes";
  const chips = document.createElement("div");
  chips.className = "row tight no-print";
  chips.setAttribute("aria-hidden", "true"); // the selects do the same for who cannot drag
  const options = [...select.options].filter((option) => option.value);
  chips.append(...options.map((option) => chipOf(root, option)));
  root.append(chips);
}

export function enhanceAll(root) {
  for (const one of root.querySelectorAll("[data-matching]")) enhance(one);
}

enhanceAll(document);
document.addEventListener("htmx:load", (event) => enhanceAll(event.target));
