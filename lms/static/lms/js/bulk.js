// Choosing rows of a list: all of the page at once, how many are chosen, a bar that follows.
// Without this file each row is ticked by itself, and "all" is a box of its own.
for (const form of document.querySelectorAll("form[data-bulk]")) {
  const rows = [...form.querySelectorAll("[name=pick]")];
  const all = form.querySelector("[name=all]");
  const pageLabel = form.querySelector("[data-bulk-page]");
  const page = pageLabel.querySelector("input");
  const count = form.querySelector("[data-bulk-count]");
  let last = null;

  const show = () => {
    const chosen = rows.filter((row) => row.checked).length;
    page.checked = chosen === rows.length;
    page.indeterminate = chosen > 0 && chosen < rows.length;
    page.disabled = all.checked;
    for (const row of rows) row.disabled = all.checked;
    count.textContent = all.checked || !chosen ? "" : count.dataset.bulkCount.replace("{n}", chosen);
    form.classList.toggle("chosen", all.checked || chosen > 0);
  };

  page.addEventListener("change", () => {
    for (const row of rows) row.checked = page.checked;
    show();
  });
  all.addEventListener("change", show);
  for (const row of rows) {
    // Shift and a click choose all the rows between.
    row.addEventListener("click", (event) => {
      if (event.shiftKey && last && last !== row) {
        const [from, to] = [rows.indexOf(last), rows.indexOf(row)].sort((a, b) => a - b);
        for (const between of rows.slice(from, to + 1)) between.checked = row.checked;
      }
      last = row;
      show();
    });
  }
  form.addEventListener("submit", (event) => {
    if (all.checked || rows.some((row) => row.checked)) return;
    event.preventDefault();
    count.textContent = count.dataset.bulkNothing;
    (rows[0] || all).focus();
  });
  window.addEventListener("pageshow", show); // the browser's "back" restores the ticks
  pageLabel.hidden = false;
  show();
}
