// Rich text over a textarea[data-rich]: loads CKEditor and gives it our own buttons. Without this
// file, or when CKEditor does not come, the textarea holds the HTML and saves as well.
const area = document.querySelector("textarea[data-rich]");
const form = area?.form;
const OWN_PICTURE = /\ssrc="\/files\//;
const dialog = document.querySelector("[data-picture-dialog]");

/** Whoever waits for the editor hears "rich:ready" on the form; what is typed is an "input". */
function start(CKEDITOR) {
  const words = JSON.parse(area.dataset.richWords);
  addButtons(CKEDITOR, words);
  const editor = CKEDITOR.replace(area, JSON.parse(area.dataset.rich));
  const label = document.querySelector(`label[for="${area.id}"]`);
  editor.on("instanceReady", () => {
    const text = editor.editable();
    text.addClass("prose");
    text.setAttribute("lang", area.lang);
    text.setAttribute("aria-label", label?.textContent.trim() ?? "");
    label?.addEventListener("click", () => editor.focus());
    document.querySelector(`.errors a[href="#${area.id}"]`)?.addEventListener("click", () => editor.focus());
    form.dispatchEvent(new CustomEvent("rich:ready", { detail: { editor } }));
  });
  editor.on("paste", ({ data }) => {
    const html = data.dataValue
      .replace(/<(\/?)h1\b/gi, "<$1h2")
      .replace(/<(\/?)h[56]\b/gi, "<$1h4");
    data.dataValue = html.replace(/<img\b[^>]*>/gi, (tag) => (OWN_PICTURE.test(tag) ? tag : ""));
    form.querySelector("[data-left-out]").hidden = data.dataValue === html;
  });
  editor.on("change", () => {
    editor.updateElement();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("submit", () => editor.updateElement());
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const { insert: src, alt, width, height } = button.dataset;
      insertPicture(editor, { src, alt, width, height });
    });
  }
}

const escaped = (text) => {
  const box = document.createElement("p");
  box.textContent = text;
  return box.innerHTML.replaceAll('"', "&quot;");
};

function insertPicture(editor, { src, alt, width, height }) {
  const size = width ? ` width="${Number(width)}" height="${Number(height)}"` : "";
  editor.focus();
  editor.insertHtml(`<figure class="drawing"><img src="${escaped(src)}" alt="${escaped(alt)}"${size}></figure>`);
  editor.fire("change");
}

function addButtons(CKEDITOR, words) {
  const icons = JSON.parse(area.dataset.richIcons);
  CKEDITOR.plugins.add("lesson", {
    init(editor) {
      const button = (name, command, label) =>
        editor.ui.addButton(name, {
          label,
          command,
          toolbar: "lesson",
          icon: icons[command.replace("lesson", "")],
        });
      editor.addCommand("lessonpicture", { exec: () => askForPicture(editor) });
      button("LessonPicture", "lessonpicture", words.picture);
      const zone = new CKEDITOR.style({ element: "pre", attributes: { class: "mrz" } });
      editor.addCommand("lessonzone", new CKEDITOR.styleCommand(zone));
      editor.attachStyleStateChange(zone, (state) => editor.getCommand("lessonzone").setState(state));
      button("LessonZone", "lessonzone", words.zone);
      for (const kind of ["note", "due", "late"]) {
        const name = `lesson${kind}`;
        editor.addCommand(name, { exec: () => wrap(CKEDITOR, editor, kind) });
        button(name.replace(/^lesson(.)/, (_, first) => `Lesson${first.toUpperCase()}`), name, words[kind]);
      }
      editor.on("selectionChange", ({ data }) => {
        const box = data.path.contains((element) => element.hasClass("note"));
        for (const kind of ["note", "due", "late"]) {
          const on = box && kindOf(box) === kind;
          editor.getCommand(`lesson${kind}`).setState(on ? CKEDITOR.TRISTATE_ON : CKEDITOR.TRISTATE_OFF);
        }
      });
      editor.on("key", (event) => {
        if (event.data.keyCode === 13) leaveBox(CKEDITOR, editor, event);
      });
      // As pages draw tables; what scrolls there is no stop for the Tab key here.
      editor.on("insertElement", ({ data }) => data.is("table") && data.addClass("table"), null, null, 1);
      editor.dataProcessor.dataFilter.addRules({
        elements: {
          div(element) {
            if (element.hasClass("scroll")) delete element.attributes.tabindex;
          },
        },
      });
      editor.on("doubleclick", ({ data }) => {
        if (data.element.is("img")) askForWords(editor, data.element);
      });
    },
  });
}

/** Enter in an empty paragraph at the end of a box goes on below the box. */
function leaveBox(CKEDITOR, editor, event) {
  const range = editor.getSelection()?.getRanges()[0];
  const path = editor.elementPath();
  const box = path?.contains((element) => element.hasClass("note"));
  const block = path?.block;
  const parts = box ? box.getChildren().toArray().filter((part) => part.type === CKEDITOR.NODE_ELEMENT) : [];
  const isLast = block && parts.at(-1)?.equals(block);
  if (!range?.collapsed || !isLast || parts.length < 2 || block.getText().trim()) return;
  event.cancel();
  editor.fire("saveSnapshot");
  block.insertAfter(box);
  range.moveToElementEditStart(block);
  range.select();
  editor.fire("saveSnapshot");
  editor.fire("change");
}

const kindOf = (box) => ["due", "late"].find((kind) => box.hasClass(kind)) ?? "note";
const classOf = (kind) => (kind === "note" ? "note" : `note ${kind}`);

/** Puts the selected paragraphs into a box, changes the box they stand in, or takes them out. */
function wrap(CKEDITOR, editor, kind) {
  editor.fire("saveSnapshot");
  const path = editor.elementPath();
  const box = path.contains((element) => element.hasClass("note"));
  const bookmarks = editor.getSelection().createBookmarks(true);
  if (box && kindOf(box) === kind) box.remove(true);
  else if (box) box.setAttribute("class", classOf(kind));
  else {
    const root = editor.editable();
    const range = editor.getSelection().getRanges()[0];
    const top = (node) => {
      let found = node;
      while (found && !root.equals(found.getParent())) found = found.getParent();
      return found;
    };
    const first = top(range.startContainer);
    const last = top(range.endContainer);
    if (first && last) {
      const made = new CKEDITOR.dom.element("div");
      made.setAttribute("class", classOf(kind));
      made.insertBefore(first);
      for (let node = first; node; ) {
        const next = node.getNext();
        const done = node.equals(last);
        made.append(node);
        node = done ? null : next;
      }
    }
  }
  editor.getSelection().selectBookmarks(bookmarks);
  editor.fire("saveSnapshot");
  editor.fire("change");
}

/** Asks for a picture and what it shows, sends it, and puts it into the text. */
function askForPicture(editor) {
  open({ withFile: true, alt: "" }, async (fields) => {
    const sent = new FormData();
    sent.set("picture", fields.picture.files[0]);
    sent.set("alt", fields.alt.value);
    const answer = await fetch(form.dataset.picture, {
      method: "POST",
      body: sent,
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (answer.status === 401) return form.dataset.signedOut;
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) return Object.values(said.problems ?? {}).flat().join(" ") || form.dataset.failed;
    insertPicture(editor, said);
    return "";
  });
}

/** What a picture already in the text shows. */
function askForWords(editor, picture) {
  open({ withFile: false, alt: picture.getAttribute("alt") ?? "" }, async (fields) => {
    picture.setAttribute("alt", fields.alt.value.trim());
    editor.fire("change");
    return "";
  });
}

function open({ withFile, alt }, act) {
  const asked = dialog.querySelector("form");
  const fields = asked.elements;
  const problem = dialog.querySelector("[data-problem]");
  asked.reset();
  problem.textContent = "";
  fields.alt.value = alt;
  fields.alt.required = true;
  fields.picture.required = withFile;
  fields.picture.closest(".field").hidden = !withFile;
  asked.onsubmit = async (event) => {
    if (event.submitter?.value === "cancel") return;
    event.preventDefault();
    if (asked.hasAttribute("aria-busy") || !asked.reportValidity()) return;
    asked.setAttribute("aria-busy", "true");
    try {
      problem.textContent = await act(fields);
    } catch {
      problem.textContent = form.dataset.local;
    }
    asked.removeAttribute("aria-busy");
    if (!problem.textContent) dialog.close();
  };
  dialog.showModal();
}

if (area) {
  window.CKEDITOR_BASEPATH = area.dataset.richBase;
  const script = document.createElement("script");
  script.src = `${area.dataset.richBase}ckeditor.js`;
  script.addEventListener("load", () => start(window.CKEDITOR));
  script.addEventListener("error", () =>
    form.dispatchEvent(new CustomEvent("rich:ready", { detail: { editor: null } })),
  );
  document.head.append(script);
}
