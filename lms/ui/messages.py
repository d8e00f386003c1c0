"""The interface's messages without GNU gettext: extraction, merging and checking of catalogues.

The checks of a translated catalogue stand in `lms.ui.management.checking`, re-exported here.
"""

import ast
import importlib.util
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import polib
from django.utils.text import unescape_string_literal
from django.utils.translation.template import templatize

from lms.ui.management.checking import (
    NAMED,
    PLURAL_FORMS,
    POSITIONAL,
    SOURCE_LANGUAGE,
    forms_of,
    problems,
)

__all__ = [
    "PLURAL_FORMS",
    "SOURCE_LANGUAGE",
    "UPSTREAM",
    "Message",
    "combine",
    "extract",
    "gettext_calls",
    "merge",
    "new_catalogue",
    "problems",
    "python_messages",
    "template_messages",
    "upstream",
    "wanted",
]

# What the arguments of each function are; `_lazy` and `_noop` variants take the same.
ARGUMENTS = {
    "gettext": ("msgid",),
    "ngettext": ("msgid", "plural"),
    "pgettext": ("context", "msgid"),
    "npgettext": ("context", "msgid", "plural"),
}
EXCLUDED = {"tests", "migrations", "__pycache__", "node_modules"}  # besides .venv, .data, .git …
TEMPLATE_SUFFIXES = {".html", ".txt", ".svg", ".xml"}

# Texts of Django and allauth that our pages can show: source file and which of its msgids (none
# named: all). They enter the catalogue of a language for which upstream has no translation: all
# of allauth in `be`, some of Django in `uk`. A template that we override is left out.
UPSTREAM: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("allauth/account/adapter.py", (
        "This account is currently inactive.",
        "The email address and/or password you specified are not correct.",
        "The username and/or password you specified are not correct.",
        "Please type your current password.",
        "Incorrect password.",
        "Invalid login.",
        "The password reset token was invalid.",
        "Too many failed login attempts. Try again later.",
        "The email address is not assigned to any user account.",
        "Be patient, you are sending too many requests.",
    )),
    ("allauth/account/fields.py", ("Email", "Email address", "Forgot your password?")),
    ("allauth/account/forms.py", (
        "Login", "Username or email", "Password", "Password (again)", "Remember Me",
        "Current Password", "New Password", "New Password (again)",
        "You must type the same password each time.",
    )),
    ("allauth/templates/account/account_inactive.html", ()),
    ("allauth/templates/account/login.html", ("Sign In",)),
    ("allauth/templates/account/logout.html", ()),
    ("allauth/templates/account/password_change.html", ()),
    ("allauth/templates/account/password_reset.html", ()),
    ("allauth/templates/account/password_reset_done.html", ()),
    ("allauth/templates/account/password_reset_from_key.html", ()),
    ("allauth/templates/account/password_reset_from_key_done.html", ()),
    ("allauth/templates/account/email/base_message.txt", ()),
    ("allauth/templates/account/email/password_reset_key_message.txt", ()),
    ("allauth/templates/account/email/password_reset_key_subject.txt", ()),
    ("allauth/templates/account/email/unknown_account_message.txt", ()),
    ("allauth/templates/account/email/unknown_account_subject.txt", ()),
    ("allauth/templates/account/messages/logged_in.txt", ()),
    ("allauth/templates/account/messages/logged_out.txt", ()),
    ("allauth/templates/account/messages/password_changed.txt", ()),
    ("allauth/templates/account/messages/password_set.txt", ()),
    ("django/contrib/auth/password_validation.py", ()),
    ("django/contrib/auth/validators.py", ()),
    ("django/core/validators.py", ()),
    ("django/forms/fields.py", ()),
    ("django/forms/formsets.py", ()),
    ("django/forms/models.py", ()),
    ("django/forms/utils.py", ()),
)  # fmt: skip
# Months in dates that Django writes wrongly in Belarusian ("12 сакавік") or in another orthography.
CORRECTED: dict[str, tuple[tuple[str, str], ...]] = {
    "be": tuple(("alt. month", name) for name in ("March", "May", "September", "December")),
}
UPSTREAM_CATALOGUES = ("django/conf/locale", "django/contrib/auth/locale", "allauth/locale")

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Message:
    """A text to translate and the (file, line) of each place that shows it."""

    msgid: str
    plural: str = ""
    context: str | None = None
    occurrences: tuple[tuple[str, int], ...] = ()

    @property
    def key(self) -> Key:
        return self.context, self.msgid

    @property
    def is_format(self) -> bool:
        """Whether the text goes through `%`: it has a placeholder or a doubled per-cent sign."""
        text = self.msgid + self.plural
        return bool(NAMED.search(text) or POSITIONAL.search(text) or "%%" in text)


def arguments_of(name: str) -> tuple[str, ...] | None:
    """The roles of a gettext function's leading arguments; None for any other function."""
    return ARGUMENTS.get(name.removesuffix("_lazy").removesuffix("_noop"))


def gettext_calls(tree: ast.AST) -> Iterator[tuple[ast.Call, tuple[str, ...]]]:
    """Every call of a gettext function in a module, under whatever name it was imported."""
    names: dict[str, tuple[str, ...]] = {"_": ARGUMENTS["gettext"]}
    modules: set[str] = set()
    nodes = list(ast.walk(tree))
    for node in nodes:
        if not isinstance(node, ast.ImportFrom):
            continue
        for alias in node.names:
            roles = arguments_of(alias.name)
            if node.module == "django.utils.translation" and roles:
                names[alias.asname or alias.name] = roles
            elif node.module == "django.utils" and alias.name == "translation":
                modules.add(alias.asname or alias.name)
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        function, found = node.func, None
        if isinstance(function, ast.Name):
            found = names.get(function.id)
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            found = arguments_of(function.attr) if function.value.id in modules else None
        if found:
            yield node, found


def python_messages(source: str, name: str) -> list[Message]:
    """The messages of a Python module. A call without literals is passed over: a test names it."""
    found = []
    for call, roles in gettext_calls(ast.parse(source, name)):
        parts = {
            role: node.value
            for role, node in zip(roles, call.args, strict=False)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        if len(parts) == len(roles):
            found.append(_message(parts, (name, call.lineno)))
    return found


_LITERAL = r"""u?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
_CALL = re.compile(
    rf"(?<![\w.])(n?p?gettext|_)\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)\s*(?:,\s*count\s*)?\)"
)
_COMMENT = re.compile(r"{%\s*comment\b[^%]*%}.*?{%\s*endcomment\s*%}", re.DOTALL)


def template_messages(source: str, name: str) -> list[Message]:
    """The messages of a template: `translate`, `blocktranslate` and `_("…")` in tags and filters.

    `templatize` blanks out everything else, so that what looks like a call is one.
    """
    # templatize adds lines for a {% comment %} block, which would shift the line numbers.
    source = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), source)
    code = templatize(source, origin=name)
    found = []
    for match in _CALL.finditer(code):
        if match[1] == "_":
            # At run time Variable.resolve looks the constant up with its per-cent signs doubled.
            texts = [unescape_string_literal(match[2]).replace("%", "%%")]
        else:
            texts = [ast.literal_eval(text) for text in re.findall(_LITERAL, match[2])]
        parts = dict(zip(ARGUMENTS.get(match[1], ("msgid",)), texts, strict=True))
        found.append(_message(parts, (name, code.count("\n", 0, match.start()) + 1)))
    return found


def _message(parts: dict[str, str], occurrence: tuple[str, int]) -> Message:
    return Message(parts["msgid"], parts.get("plural", ""), parts.get("context"), (occurrence,))


def combine(messages: Iterable[Message]) -> list[Message]:
    """One message per context and msgid, in the order of the files that show them.

    A text used alone and with a plural is one entry with the plural, as gettext has it.
    """
    combined: dict[Key, Message] = {}
    for message in messages:
        if message.msgid:
            known = combined.get(message.key, message)
            places = sorted({*known.occurrences, *message.occurrences})
            combined[message.key] = replace(
                known, plural=known.plural or message.plural, occurrences=tuple(places)
            )
    return sorted(combined.values(), key=lambda message: (message.occurrences, message.msgid))


def read(path: Path, name: str) -> list[Message]:
    """The messages of one file; `name` is what their occurrences call it."""
    reader = python_messages if path.suffix == ".py" else template_messages
    return reader(path.read_text(encoding="utf-8"), name)


def sources(root: Path) -> Iterator[Path]:
    """The modules and templates below `root`, without tests, migrations and hidden folders."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in EXCLUDED and not name.startswith(".")]
        in_templates = "templates" in Path(folder).relative_to(root).parts
        for path in (Path(folder) / name for name in files):
            if path.suffix == ".py" or (in_templates and path.suffix in TEMPLATE_SUFFIXES):
                yield path


def extract(root: Path) -> list[Message]:
    """Every message of the modules and templates below `root`, sorted by where it stands.

    Raises SyntaxError where a module or a translation block cannot be read.
    """
    return combine(
        message
        for path in sources(root)
        for message in read(path, path.relative_to(root).as_posix())
    )


def _installed(source: str) -> Path:
    package, _, rest = source.partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0]) / rest


@cache
def _upstream_keys(language: str) -> frozenset[Key]:
    """What Django and allauth have translated into the language."""
    paths = (_installed(f"{c}/{language}/LC_MESSAGES/django.mo") for c in UPSTREAM_CATALOGUES)
    catalogues = [polib.mofile(str(path)) for path in paths if path.exists()]
    return frozenset((entry.msgctxt, entry.msgid) for mo in catalogues for entry in mo)


def upstream(language: str, root: Path) -> list[Message]:
    """What `UPSTREAM` names, our templates do not replace, and upstream left untranslated.

    Raises LookupError where a source no longer holds a msgid (after an update of the package).
    """
    if language == SOURCE_LANGUAGE:
        return []
    found: list[Message] = []
    for source, msgids in UPSTREAM:
        if (root / source.removeprefix("allauth/")).exists():
            continue
        messages = read(_installed(source), source)
        if missing := set(msgids) - {message.msgid for message in messages}:
            raise LookupError(f"{source} no longer says {sorted(missing)}")
        found += [
            # The line in somebody else's file says nothing and changes with each update.
            replace(message, occurrences=((source, 0),))
            for message in messages
            if not msgids or message.msgid in msgids
        ]
    translated = _upstream_keys(language)
    return combine(message for message in found if message.key not in translated)


def wanted(language: str, root: Path) -> list[Message]:
    """What the catalogue of the language holds: our messages, and upstream's missing ones."""
    corrected = [
        Message(msgid, context=context, occurrences=(("django/utils/dates.py", 0),))
        for context, msgid in CORRECTED.get(language, ())
    ]
    return combine([*extract(root), *upstream(language, root), *corrected])


def new_catalogue(language: str) -> polib.POFile:
    """An empty catalogue. Its header has no dates: a run that finds nothing new changes nothing."""
    catalogue = polib.POFile()
    catalogue.metadata = {
        "Project-Id-Version": "Waypost",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_FORMS[language],
    }
    return catalogue


def merge(catalogue: polib.POFile, messages: Iterable[Message]) -> polib.POFile:
    """A new catalogue of exactly these messages, with the translations the old one has for them.

    A message that changed is a new one: nothing is guessed. A translation nobody uses any more
    stays as obsolete and returns with its message; an empty one goes.
    """
    merged = polib.POFile()
    merged.header = catalogue.header
    merged.metadata = dict(catalogue.metadata)
    forms = forms_of(merged.metadata.get("Plural-Forms", ""))
    old = {(e.msgctxt, e.msgid): e for e in sorted(catalogue, key=lambda e: not e.obsolete)}
    for message in messages:
        known = old.pop(message.key, None)
        if known and (known.msgid_plural or "") != message.plural:
            known = None
        merged.append(_entry(message, known, forms))
    for entry in old.values():
        if entry.msgstr or any(entry.msgstr_plural.values()):
            entry.obsolete, entry.occurrences = True, []
            merged.append(entry)
    return merged


def _entry(message: Message, known: polib.POEntry | None, forms: int) -> polib.POEntry:
    flags = [flag for flag in known.flags if flag != "python-format"] if known else []
    entry = polib.POEntry(
        msgid=message.msgid,
        msgid_plural=message.plural,
        msgctxt=message.context,
        msgstr=known.msgstr if known and not message.plural else "",
        occurrences=[(file, str(line or "")) for file, line in message.occurrences],
        flags=[*flags, "python-format"] if message.is_format else flags,
        tcomment=known.tcomment if known else "",
    )
    if message.plural:
        texts = known.msgstr_plural if known else {}
        entry.msgstr_plural = {number: texts.get(number, "") for number in range(forms)}
    return entry
