"""Text of lessons: written in the editor or as Markdown, and sanitised, whatever wrote it.

The one module that knows CKEditor: what it may do (`editor_config`), the field and its widget.
CKEditor 4.22.1 is the last free one and out of support, so nothing rests on it: the server
sanitises all that it sends, and the page that loads it has a policy of its own (`EDITOR_POLICY`).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape, unescape
from typing import Any, TypeVar, cast

import nh3
from ckeditor.widgets import CKEditorWidget
from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django import forms
from django.contrib.staticfiles.finders import AppDirectoriesFinder
from django.templatetags.static import static
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

NOTES = {"note": "note", "due": "note due", "late": "note late"}
CLASSES = {
    "details": {"check"},
    "div": {"note", "due", "late", "scroll"},
    "pre": {"mrz"},
    "code": {"mrz"},
    "figure": {"drawing"},
    "table": {"table"},
}
TAGS = {
    "a", "b", "blockquote", "br", "code", "details", "div", "em", "figcaption", "figure", "h2",
    "h3", "h4", "hr", "i", "img", "li", "ol", "p", "pre", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height", "loading"},
    "th": {"scope"},
    "ol": {"start"},
}
VALUES = {"div": {"tabindex": {"0"}}}  # what scrolls can be reached with the keyboard
CHECK = "check"  # a question that opens its answer in place
TERM = "term:"  # how Markdown names a term of the glossary, and TERM_HREF how the HTML does
TERM_HREF = "#term-"
OWN_FILE = re.compile(r"/files/[0-9a-f-]{36}/[\w.-]+")

# Turns the address of a picture as written into (address, width, height); None: no such picture.
Resolve = Callable[[str], tuple[str, int | None, int | None] | None]


class UnknownPicture(ValueError):
    """The text shows a picture that does not exist."""


def _own_pictures(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src" and not OWN_FILE.fullmatch(value):
        return None
    return value


def sanitise(html: str) -> str:
    """Harmless HTML of the allow-list; pictures only from this server's own files."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        tag_attribute_values=VALUES,
        allowed_classes=CLASSES,
        attribute_filter=_own_pictures,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


# A tag of what sanitise() gives: there "<" in texts is escaped, and attributes stand in quotes.
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>')
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
SCROLLS = '<div class="scroll" tabindex="0">'

# Gives the attributes of a picture from those that came; None leaves the picture out, as is one
# whose address is not ours.
Picture = Callable[[dict[str, str]], dict[str, str] | None]


FRAME = re.compile(r'<div(?=[^>]*class="scroll")[^>]*>')
ZONE = re.compile(r'<pre class="mrz">(.*?)</pre>', re.DOTALL)


def _marked(zone: re.Match[str]) -> str:
    """A machine readable zone as `_mrz` writes it: what the editor made bold is a check digit."""
    inside = re.sub(r"</?code[^>]*>", "", zone[1].replace("<br>", "\n")).strip("\n")
    inside = re.sub(r"(</?)strong>", r"\1b>", inside)
    inside = re.sub(r"(</?)em>", r"\1i>", inside)
    return f'<pre class="mrz"><code>{inside}</code></pre>'


def tidy(html: str, picture: Picture = lambda attributes: attributes) -> str:
    """What an editor sent, as pages show it: sanitised, wide tables in a frame that scrolls."""
    html = FRAME.sub(SCROLLS, ZONE.sub(_marked, sanitise(html)))
    parts: list[str] = []
    end = depth = 0
    framed: list[bool] = []
    for match in TAG.finditer(html):
        closing, name, rest = match.groups()
        if name not in {"table", "img"}:
            continue
        before = html[end : match.start()]
        parts.append(before)
        end = match.end()
        if name == "img":
            given = {key: unescape(value) for key, value in ATTRIBUTE.findall(rest)}
            attributes = picture(given) if given.get("src") else None
            if attributes is not None:
                inside = " ".join(f'{k}="{escape(v)}"' for k, v in attributes.items())
                parts.append(f"<img {inside}>")
        elif closing:
            depth -= 1
            parts.append("</table>" + ("</div>" if framed and framed.pop() else ""))
        else:
            stands = depth == 0 and "".join(parts[-2:]).rstrip().endswith(SCROLLS)
            framed.append(depth == 0 and not stands)
            parts.append((SCROLLS if framed[-1] else "") + '<table class="table">')
            depth += 1
    parts.append(html[end:])
    # A link whose address was refused is text, or officers press what leads nowhere.
    parts = [re.sub(r"<a(?![^>]* href=)[^>]*>(.*?)</a>", r"\1", "".join(parts), flags=re.DOTALL)]
    tidied = re.sub(r"(?:\s|<p>(?:&nbsp;|\s|<br>)*</p>)+\Z", "", "".join(parts))
    return sanitise(tidied)


# Between these and words a page shows no space, whatever stands there.
BREAKING = re.compile(
    r"\s*(</?(?:blockquote|br|details|div|figcaption|figure|h[2-4]|hr|li|ol|p|summary|table|tbody|td"
    r'|th|thead|tr|ul)(?=[ >])(?:[^>"]|"[^"]*")*>)\s*|\s*(<pre(?=[ >])[^>]*>)|(</pre>)\s*'
)


def canonical(html: str) -> str:
    """Sanitised HTML for comparing: attributes in order, no white space that no page shows."""

    def ordered(tag: re.Match[str]) -> str:
        given = sorted(ATTRIBUTE.findall(tag[3]))
        return f"<{tag[1]}{tag[2]}" + "".join(f' {k}="{v}"' for k, v in given) + ">"

    return BREAKING.sub(r"\1\2\3", TAG.sub(ordered, html)).strip()


def _mrz(text: str) -> str:
    """A machine readable zone: [6] marks a check digit, {0} the composite one."""
    text = escape(text.rstrip("\n"), quote=False)
    text = re.sub(r"\[([^\]\n]*)\]", r"<b>\1</b>", text)
    text = re.sub(r"\{([^}\n]*)\}", r"<i>\1</i>", text)
    return f'<pre class="mrz"><code>{text}</code></pre>\n'


def _figure(token: Token, resolve: Resolve) -> str:
    source = str(token.attrGet("src") or "")
    found = resolve(source)
    if found is None:
        raise UnknownPicture(source)
    address, width, height = found
    size = f' width="{width}" height="{height}"' if width and height else ""
    caption = str(token.attrGet("title") or "")
    return (
        f'<figure class="drawing"><img src="{escape(address)}" alt="{escape(token.content)}"{size}'
        f' loading="lazy">'
        + (f"<figcaption>{escape(caption)}</figcaption>" if caption else "")
        + "</figure>\n"
    )


def _resolve_pictures(token: Token, resolve: Resolve) -> None:
    """Give the pictures inside a line of text their addresses."""
    for child in token.children or []:
        if child.type == "image":
            source = str(child.attrGet("src") or "")
            found = resolve(source)
            if found is None:
                raise UnknownPicture(source)
            child.attrSet("src", found[0])


def _point_at_terms(token: Token) -> None:
    """Give the links to terms of the glossary (`[words](term:KEY)`) their place on the page."""
    for child in token.children or []:
        address = str(child.attrGet("href") or "") if child.type == "link_open" else ""
        if address.startswith(TERM):
            child.attrSet("href", TERM_HREF + address.removeprefix(TERM))


def _container(token: Token, markdown: MarkdownIt) -> str:
    """The opening or closing tag of a note, or of a check with its question."""
    if token.type.split("_")[1] != CHECK:
        name = token.type.split("_")[1]
        return f'<div class="{NOTES[name]}">\n' if token.nesting == 1 else "</div>\n"
    if token.nesting != 1:
        return "</details>\n"
    question = markdown.parseInline(token.info.strip().removeprefix(CHECK).strip())[0]
    _point_at_terms(question)
    words = markdown.renderer.render([question], cast(Any, markdown.options), {})
    return f'<details class="{CHECK}"><summary>{words}</summary>\n'


def _is_figure(tokens: Sequence[Token], index: int) -> bool:
    """A paragraph that holds one picture and nothing else."""
    if tokens[index].type != "paragraph_open":
        return False
    children = tokens[index + 1].children or []
    return [child.type for child in children] == ["image"]


def render_markdown(body: str, resolve: Resolve) -> str:
    """Sanitised HTML of a lesson in CommonMark with tables, notes, checks, figures, terms and MRZs.

    Raises UnknownPicture.
    """
    return sanitise(written(body, resolve))


PICTURE_SOURCE = re.compile(r'(<img\b[^>]*?\bsrc=")([^"]*)(?=")')


def read_html(body: str, resolve: Resolve) -> str:
    """Sanitised HTML of a lesson that a file holds as HTML, its pictures named as in Markdown.

    Raises UnknownPicture.
    """

    def picture(match: re.Match[str]) -> str:
        found = resolve(unescape(match[2]))
        if found is None:
            raise UnknownPicture(match[2])
        return match[1] + escape(found[0])

    return tidy(PICTURE_SOURCE.sub(picture, body))


def reader() -> MarkdownIt:
    """Reads Markdown as lessons are written in it."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    for name in (*NOTES, CHECK):
        markdown.use(container_plugin, name)
    return markdown


def written(body: str, resolve: Resolve) -> str:
    """What a Markdown text says, before the sanitiser has seen it. Raises UnknownPicture."""
    markdown = reader()
    tokens = markdown.parse(body)
    parts: list[str] = []
    options: Any = markdown.options
    start = index = 0

    def flush(end: int) -> None:
        if start < end:
            parts.append(markdown.renderer.render(tokens[start:end], options, {}))

    while index < len(tokens):
        token = tokens[index]
        replacement, taken = None, 1
        if token.type == "fence" and token.info.split()[:1] == ["mrz"]:
            replacement = _mrz(token.content)
        elif _is_figure(tokens, index):
            replacement, taken = _figure((tokens[index + 1].children or [])[0], resolve), 3
        elif token.type == "inline":
            _resolve_pictures(token, resolve)
            _point_at_terms(token)
        elif token.type.startswith("container_"):
            replacement = _container(token, markdown)
        elif token.type == "table_open":
            replacement = '<div class="scroll" tabindex="0"><table class="table">\n'
        elif token.type == "table_close":
            replacement = "</table></div>\n"
        if replacement is not None:
            flush(index)
            parts.append(replacement)
            start = index + taken
        index += taken
    flush(index)
    return "".join(parts)


# The editor: what the browser gets to write with.

# Inline handlers are how CKEditor's buttons work, and inline styles how it places them. It needs no
# inline <script>, for the text is edited in a <div> and not in a frame written by script, nor eval.
EDITOR_POLICY = {
    "script-src-attr": [UNSAFE_INLINE],
    "style-src": [UNSAFE_INLINE],
}
View = TypeVar("View", bound=Callable[..., Any])


def editor_page(view: View) -> View:
    """A view's decorator: the policy that the editor needs, for this page alone."""
    # Its own types are those of views without arguments.
    return cast(View, cast(Any, csp_update(EDITOR_POLICY))(view))


ICONS = ("picture", "zone", "note", "due", "late")

# Named one by one: what is not named is not loaded. Left out are, among others, preview, exportpdf,
# codesnippetgeshi, docprops, iframe, flash, embed, templates, sourcearea (known faults, or ways
# round the allow-list) and scayt, wsc (send the text to another's server).
PLUGINS = (
    "a11yhelp", "basicstyles", "blockquote", "clipboard", "divarea", "enterkey", "entities",
    "format", "horizontalrule", "indentlist", "link", "list", "pastefromgdocs",
    "pastefromlibreoffice", "pastefromword", "pastetext", "removeformat", "tab",
    "table", "tableselection", "tabletools", "toolbar", "undo",
)  # fmt: skip
TOOLBAR = (
    ("Format", "Bold", "Italic", "RemoveFormat"),
    ("BulletedList", "NumberedList", "Blockquote", "Link", "Unlink"),
    ("LessonPicture", "Table", "LessonZone"),
    ("LessonNote", "LessonDue", "LessonLate"),
    ("Undo", "Redo"),
)


def allowed_content() -> dict[str, Any]:
    """The sanitiser's allow-list in the words of CKEditor's own filter."""
    return {
        tag: {
            "attributes": sorted(ATTRIBUTES.get(tag, set()) | VALUES.get(tag, {}).keys()),
            "classes": sorted(CLASSES.get(tag, set())),
        }
        for tag in sorted(TAGS)
    }


def editor_config(language: str) -> dict[str, Any]:
    """The settings of CKEditor for a text in the language.

    It has no Belarusian for its buttons: Ukrainian is the nearest that it has.
    """
    shown = get_language() or "uk"
    return {
        "language": "uk" if shown == "be" else shown,
        "contentsLanguage": language,
        "defaultLanguage": "en",
        "plugins": ",".join(PLUGINS),
        "extraPlugins": "lesson",
        "skin": "moono-lisa",
        "toolbar": [{"name": f"group{i}", "items": items} for i, items in enumerate(TOOLBAR)],
        "allowedContent": allowed_content(),
        "disallowedContent": "*[on*,style,data-*,id]",
        "format_tags": "p;h2;h3;h4;pre",
        "fullPage": False,
        "versionCheck": False,
        "customConfig": "",
        "stylesSet": False,
        "contentsCss": [],
        "entities": False,
        "basicEntities": True,
        "fillEmptyBlocks": False,
        "linkShowAdvancedTab": False,
        "linkShowTargetTab": False,
        "disableNativeSpellChecker": False,
        "forcePasteAsPlainText": False,
        "pasteFromWordRemoveFontStyles": True,
        "toolbarCanCollapse": False,
        "removeDialogTabs": "link:advanced;link:target;link:upload",
        "dialog_noConfirmCancel": True,
        "height": "auto",
        "title": False,
    }


def editor_words() -> dict[str, str]:
    """What our own buttons say (`ICONS`)."""
    return {
        "picture": _("Picture"),
        "zone": _("Machine-readable zone"),
        "note": _("Note"),
        "due": _("Attention"),
        "late": _("Danger"),
    }


class RichTextWidget(CKEditorWidget):  # type: ignore[misc] # the package brings no types
    """CKEditor over a textarea, started by `lms/js/editor.js`; without scripts the HTML itself."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        forms.Textarea.__init__(self, attrs)
        self.template_name = "django/forms/widgets/textarea.html"
        self.language = ""

    @property
    def media(self) -> forms.Media:
        """Nothing: the page names its one module, which loads the rest."""
        return forms.Media()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        own = {
            "data-rich": json.dumps(editor_config(self.language)),
            "data-rich-words": json.dumps(editor_words()),
            "data-rich-base": static("ckeditor/ckeditor/"),
            "data-rich-icons": json.dumps({one: static(f"courses/{one}.svg") for one in ICONS}),
            "lang": self.language,
            "rows": 24,
            "spellcheck": "true",
        }
        return forms.Textarea.get_context(self, name, value, own | (attrs or {}))


class RichTextField(forms.CharField):
    """HTML of a lesson: whatever came, clean() gives sanitised HTML and the page shows it so."""

    widget = RichTextWidget

    def prepare_value(self, value: Any) -> Any:
        return sanitise(value) if isinstance(value, str) else value

    def clean(self, value: Any) -> str:
        return tidy(super().clean(value))


SERVED = re.compile(
    r"ckeditor/ckeditor/(?:ckeditor\.js|LICENSE\.md|plugins/icons(?:_hidpi)?\.png"
    r"|lang/(?:en|ru|uk)\.js|skins/moono-lisa/(?:images/.*|icons.*|(?:editor|dialog)(?:_gecko)?\.css)"
    rf"|plugins/(?:{'|'.join((*PLUGINS, 'dialog', 'pastetools'))})/(?:[^/]+/)?"
    r"(?:lang/(?:en|ru|uk)\.js|[^/]+))"
)


class UsedFiles(AppDirectoriesFinder):
    """The static files of apps, of the editor's twelve hundred only those that a page may load."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for path, storage in super().list(ignore_patterns):
            if not path.startswith("ckeditor/") or SERVED.fullmatch(path):
                yield path, storage
