"""What is wrong with a catalogue of the interface, for translators and the tests.

English is the source. The `en` catalogue stays untranslated (Django then shows the msgid, and for
a count `n == 1` chooses the singular); a text filled in there overrides the wording in the code.

`uk`, `be` and `ru` have the four forms of CLDR that Django's own catalogues have: 1 and 21; 2 to
4; 5 to 20 and 0; fractions. Django 5.2 keeps each catalogue's plural rule beside it
(`TranslationCatalog.update`), so ours may be exact about fractions (2.5 takes the fourth form)
where Django's `be` and `ru` are not; for whole numbers the forms are the same.
"""

import re
from collections.abc import Iterator

import polib

SOURCE_LANGUAGE = "en"
_SLAVIC = (
    "nplurals=4; plural=(n % 1 == 0 && n % 10 == 1 && n % 100 != 11 ? 0 : n % 1 == 0 && "
    "n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : n % 1 == 0 && "
    "(n % 10 == 0 || (n % 10 >= 5 && n % 10 <= 9) || (n % 100 >= 11 && n % 100 <= 14)) ? 2 : 3);"
)
PLURAL_FORMS = {
    "uk": _SLAVIC,
    "be": _SLAVIC,
    "ru": _SLAVIC,
    "en": "nplurals=2; plural=(n != 1);",
}

NAMED = re.compile(r"%\((\w+)\)[#0 +-]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")
POSITIONAL = re.compile(r"%[#0+-]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa]")
BRACES = re.compile(r"\{\w*\}")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
TAG_NAME = re.compile(r"</?[A-Za-z]\w*")
QUOTED = re.compile(r"“|”|\"[^\"]*\"")
START = re.compile(r"\A\s*")
END = re.compile(r"\s*\Z")


def forms_of(rule: str) -> int:
    """The number of forms a Plural-Forms header announces; 0 for what is none."""
    match = re.match(r"\s*nplurals=(\d+)", rule)
    return int(match[1]) if match else 0


def problems(catalogue: polib.POFile) -> list[str]:
    """What a translator has to mend, one sentence each, beginning with the language and place."""
    language = catalogue.metadata.get("Language", "")
    rule = PLURAL_FORMS.get(language)
    if rule is None:
        return [f"{language or '?'}: not a language of the interface"]
    found = []
    if catalogue.metadata.get("Plural-Forms") != rule:
        found.append(f"{language}: the header's Plural-Forms must be {rule}")
    for entry in catalogue:
        if not entry.obsolete:
            place = ":".join(filter(None, entry.occurrences[0])) if entry.occurrences else "?"
            faults = _entry_faults(entry, language)
            found += [f"{language}: {place}: {entry.msgid!r}: {fault}" for fault in faults]
    return found


def _entry_faults(entry: polib.POEntry, language: str) -> Iterator[str]:
    if entry.fuzzy:
        yield "fuzzy"
    forms = forms_of(PLURAL_FORMS[language]) if entry.msgid_plural else 0
    if sorted(entry.msgstr_plural) != list(range(forms)):
        yield f"{len(entry.msgstr_plural)} plural forms, not {forms}"
    texts = entry.msgstr_plural if entry.msgid_plural else {0: entry.msgstr}
    if language == SOURCE_LANGUAGE and not any(texts.values()):
        return
    for number, text in sorted(texts.items()):
        form = f"form {number}: " if entry.msgid_plural else ""
        if not text:
            yield f"{form}untranslated"
            continue
        # Form 0 stands for 21 and 101 too, so each form has the placeholders of the plural.
        model = entry.msgid_plural or entry.msgid
        if language == SOURCE_LANGUAGE and number == 0:
            model = entry.msgid
        for fault in _text_faults(model, text, language, "python-format" in entry.flags):
            yield form + fault


def _text_faults(msgid: str, text: str, language: str, is_format: bool) -> Iterator[str]:
    if set(NAMED.findall(msgid)) != set(NAMED.findall(text)):
        yield "placeholders differ from the msgid’s"
    if set(BRACES.findall(msgid)) != set(BRACES.findall(text)):
        yield "{placeholders} differ from the msgid’s"
    if is_format:
        msgid_rest, rest = (NAMED.sub("", t.replace("%%", "")) for t in (msgid, text))
        if POSITIONAL.findall(msgid_rest) != POSITIONAL.findall(rest):
            yield "positional placeholders differ from the msgid’s"
        if "%" in POSITIONAL.sub("", rest):
            yield "a single % that is no placeholder (write %%)"
    if sorted(TAG_NAME.findall(msgid)) != sorted(TAG_NAME.findall(text)):
        yield "tags differ from the msgid’s"
    if any(end.findall(msgid) != end.findall(text) for end in (START, END)):
        yield "whitespace at the start or end differs from the msgid’s"
    if language != SOURCE_LANGUAGE:
        yield from _typing_faults(TAG.sub("", msgid), TAG.sub("", text), language)


def _typing_faults(msgid: str, text: str, language: str) -> Iterator[str]:
    if language in {"uk", "be"} and re.search("['ʼ`]", text):
        yield "the apostrophe must be ’ (U+2019)"
    if QUOTED.search(msgid) and not ("«" in text and "»" in text):
        yield "quotation marks must be «»"
    elif QUOTED.search(text) and "«" not in text:
        yield "quotation marks must be «», not those of English"
