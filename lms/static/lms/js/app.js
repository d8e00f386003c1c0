import { clear, flush, pending } from "./outbox.js";

// Menus of the head close as people expect: Escape, a click elsewhere, focus gone elsewhere.
// Without this file they close by their own summary.
const menus = document.querySelectorAll("details.menu");

for (const menu of menus) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});

// Signing out leaves nothing of a person in the browser, and warns before an answer is lost.
const signOut = document.querySelector("form[data-sign-out]");
if (signOut) {
  signOut.addEventListener("submit", async (event) => {
    if (signOut.dataset.sure) return;
    event.preventDefault();
    if (pending().length) await flush();
    if (pending().length && !confirm(signOut.dataset.warning)) return;
    clear();
    signOut.dataset.sure = "yes";
    signOut.requestSubmit();
  });
}
