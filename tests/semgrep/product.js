// Planted for `semgrep scan --test`, as product.py is.
export function planted(target, text) {
  // ruleid: html-of-a-script
  target.innerHTML = text;
  // ruleid: html-of-a-script
  target.insertAdjacentHTML("beforeend", text);
  // ok: html-of-a-script
  target.textContent = text;
  // ruleid: cookie-without-its-prefix
  return document.cookie.match(/csrftoken=([^;]*)/)?.[1];
}
