"""Changes YAML files that people keep by hand: what differs alone, every other byte stays.

The file is parsed for where its parts stand, and the text there is replaced. (A round trip through
a parser that keeps comments, ruamel.yaml, hangs each comment on the part before it: a comment above
a question went when the question before it was removed, and came before the one added there.)
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

import yaml
from django.conf import settings

from lms.readable import Loader

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
IDENTITIES = ("key", "id")
Edit = tuple[int, int, str]  # from, to, what comes instead


ABSENT: Any = object()  # as a value of `Known`: the key is not to stand there


class Flow(dict[str, Any]):
    """A mapping that is written on one line where it is new."""


class Spaced(list[Any]):
    """A list with an empty line between its items where it is new."""


class Known(dict[str, Any]):
    """A mapping of which these keys are known; others that stand in the file stay there.

    A key absent from the file means its value in `defaults`; `flow` as of `Flow`.
    """

    def __init__(
        self, known: Mapping[str, Any], *, defaults: Mapping[str, Any], flow: bool = False
    ) -> None:
        super().__init__(known)
        self.defaults, self.flow = dict(defaults), flow

    def needed(self) -> dict[str, Any]:
        """What a new entry has to say."""
        said = {
            key: value
            for key, value in self.items()
            if value is not ABSENT
            and (key not in self.defaults or not is_same(value, self.defaults[key]))
        }
        return Flow(said) if self.flow else said


def is_same(one: Any, other: Any) -> bool:
    """Equal, and true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def edited(text: str, wanted: Any, *, spaced: bool = False) -> str:
    """The text of a file that says what is wanted; `spaced` as of `Spaced`, for a new mapping.

    The same text when it says so already. Raises yaml.YAMLError.
    """
    if not text.strip():
        return new(wanted, spaced=spaced)
    node, found = _parsed(text)
    target = merged(found, wanted)
    if is_same(found, target):
        return text
    text = text if text.endswith("\n") else text + "\n"
    editor = _Editor(text)
    if editor.can_edit(node, found, target):
        written = _applied(text, list(editor.change(node, found, target)))
    else:
        written = text[: node.start_mark.index] + new(target, spaced=spaced)
    if not is_same(_parsed(written)[1], target):
        raise yaml.YAMLError("this file is written in a way that cannot be edited")
    return written


def new(wanted: Any, *, spaced: bool = False) -> str:
    """The text of a new file."""
    pairs = [_pair(key, value, 0) for key, value in merged(None, wanted).items()]
    return ("\n\n" if spaced else "\n").join(pairs) + "\n"


def merged(found: Any, wanted: Any) -> Any:
    """What the file is to say, given what it says."""
    if isinstance(wanted, Known):
        if not isinstance(found, dict):
            return _like(wanted.needed(), {k: merged(None, v) for k, v in wanted.needed().items()})
        needed = wanted.needed()
        result = {
            key: merged(found.get(key), value)
            for key, value in wanted.items()
            if key in needed or (key in found and value is not ABSENT)
        }
        result |= {key: value for key, value in found.items() if key not in wanted}
        return Flow(result) if wanted.flow else result
    if isinstance(wanted, dict):
        pairs = found if isinstance(found, dict) else {}
        return _like(wanted, {k: merged(pairs.get(k), v) for k, v in wanted.items()})
    if isinstance(wanted, list):
        items = found if isinstance(found, list) else []
        there = dict(zip(_names(items), items, strict=True))
        inside = [
            merged(there.get(name), one) for name, one in zip(_names(wanted), wanted, strict=True)
        ]
        return _like(wanted, inside)
    return wanted


def _like(pattern: Any, value: Any) -> Any:
    return type(pattern)(value) if isinstance(pattern, (Flow, Spaced)) else value


def _names(items: list[Any]) -> list[str]:
    """By what each item of a list is known again: its key or id, else all that it says."""
    seen: Counter[str] = Counter()
    names = []
    for item in items:
        known = [one for one in IDENTITIES if isinstance(item, dict) and one in item]
        name = json.dumps(item[known[0]] if known else item, sort_keys=True, default=str)
        seen[name] += 1
        names.append(f"{name} {seen[name]}")
    return names


def _parsed(text: str) -> tuple[Any, Any]:
    """The node with its places in the text, and what it says."""
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node else None
    finally:
        loader.dispose()


def _applied(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for start, end, instead in sorted(edits, key=lambda edit: edit[0]):
        parts += [text[at:start], instead]
        at = max(at, end)
    return "".join([*parts, text[at:]])


@dataclass
class _Part:
    """An item of a list or a pair of a mapping: where its lines begin and end."""

    name: str
    value: Any  # what it says
    start: int
    end: int


class _Editor:
    def __init__(self, text: str) -> None:
        self.text: str = text

    def can_edit(self, node: Any, found: Any, target: Any) -> bool:
        """Whether the node can be changed part by part, else it is written anew."""
        if isinstance(node, yaml.ScalarNode):
            return (
                not isinstance(target, (dict, list))
                and "\n" not in str(target)
                and (node.style not in ("|", ">") and "\n" not in str(found))
            )
        if not found or not target or type(found) is not type(_plain(target)):
            return False
        if isinstance(node, yaml.SequenceNode):
            return not node.flow_style
        if len(found) != len(node.value):
            return False  # a key stands twice
        return not node.flow_style or found.keys() == target.keys()

    def change(self, node: Any, found: Any, target: Any, name: str = "") -> Iterator[Edit]:
        """The edits that make the node, which stands under `name`, say what it is to say."""
        if isinstance(node, yaml.ScalarNode):
            style = node.style or None  # libyaml says "" of what stands without quotes
            said = _scalar(target, name, style=style, was_plain=style is None)
            yield node.start_mark.index, node.end_mark.index, said
        elif isinstance(node, yaml.SequenceNode):
            yield from self._sequence(node, found, target)
        else:
            yield from self._mapping(node, found, target)

    def _mapping(self, node: Any, found: Any, target: Any) -> Iterator[Edit]:
        column = node.start_mark.column
        pairs = dict(zip(found, node.value, strict=True))
        first = next(iter(pairs))
        if first not in target and self._shares_its_line(pairs[first][0]):
            # The first pair stands behind the dash of a list's item.
            said = _block({key: target[key] for key in _in_order(found, target)}, column)
            yield node.start_mark.index, self._end(node), said
            return
        parts = {
            key: _Part(key, found[key], self._line(at), self._next_line(self._end(value)))
            for key, (at, value) in ((key, (one.start_mark.index, two)) for key, (one, two)
                                     in pairs.items())
        }  # fmt: skip
        after = _anchored(list(target), set(pairs))
        for key in after.get(None, []):
            at, margin = parts[first].start, " " * column
            if self._shares_its_line(pairs[first][0]):
                at, margin = pairs[first][0].start_mark.index, ""
            said = margin + _pair(key, target[key], column) + "\n" + " " * (column - len(margin))
            yield at, at, said
        is_spaced = self._is_spaced(list(parts.values()))
        for key, (key_node, value) in pairs.items():
            if key not in target:
                yield self._removal(parts[key])
            elif not is_same(found[key], target[key]):
                if self.can_edit(value, found[key], target[key]):
                    yield from self.change(value, found[key], target[key], key)
                elif node.flow_style:
                    yield (value.start_mark.index, self._end(value), _inline(target[key], key))
                else:
                    said = _pair(key, _anew(value, target[key]), column)
                    yield key_node.start_mark.index, self._end(value), said
            for one in after.get(key, []):
                said = " " * column + _pair(one, target[one], column) + "\n"
                yield parts[key].end, parts[key].end, ("\n" if is_spaced else "") + said

    def _sequence(self, node: Any, found: list[Any], target: list[Any]) -> Iterator[Edit]:
        column: int = node.start_mark.column
        parts = [
            _Part(name, value, self._line(one.start_mark.index), self._next_line(self._end(one)))
            for name, one, value in zip(_names(found), node.value, found, strict=True)
        ]  # fmt: skip
        nodes = {part.name: one for part, one in zip(parts, node.value, strict=True)}
        by_name = {part.name: part for part in parts}
        names = _names(target)
        kept = _kept([part.name for part in parts], names)
        wanted = dict(zip(names, target, strict=True))
        is_spaced = self._is_spaced(parts) or isinstance(target, Spaced)

        def lines(name: str) -> str:
            """An item that comes to this place: as it stood elsewhere, but for what differs."""
            if name not in by_name:
                return " " * column + "- " + _item(wanted[name], column + 2) + "\n"
            part = by_name[name]
            edits = self._edits(nodes[name], part, wanted[name])
            moved = [(a - part.start, b - part.start, said) for a, b, said in edits]
            return _applied(self.text[part.start : part.end], moved)

        after = _anchored(names, kept)
        for name in after.get(None, []):
            at = parts[0].start
            yield at, at, lines(name) + ("\n" if is_spaced else "")
        for part in parts:
            if part.name not in kept:
                yield self._removal(part)
            else:
                yield from self._edits(nodes[part.name], part, wanted[part.name])
            for name in after.get(part.name, []):
                yield part.end, part.end, ("\n" if is_spaced else "") + lines(name)

    def _edits(self, node: Any, part: _Part, target: Any) -> list[Edit]:
        if is_same(part.value, target):
            return []
        if self.can_edit(node, part.value, target):
            return list(self.change(node, part.value, target))
        said = _item(_anew(node, target), node.start_mark.column)
        return [(node.start_mark.index, self._end(node), said)]

    def _removal(self, part: _Part) -> Edit:
        """A part with the empty lines above it; a comment there stays."""
        start = part.start
        above = self.text.rfind("\n", 0, max(0, start - 1)) + 1
        while start and not self.text[above:start].strip():
            start, above = above, self.text.rfind("\n", 0, max(0, above - 1)) + 1
        return start, part.end, ""

    def _is_spaced(self, parts: list[_Part]) -> bool:
        """Whether an empty line stands before the second."""
        return len(parts) > 1 and self.text[parts[0].end : parts[1].start].startswith("\n")

    def _shares_its_line(self, node: Any) -> bool:
        at = node.start_mark.index
        return bool(self.text[self._line(at) : at].strip())

    def _line(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def _next_line(self, at: int) -> int:
        return self.text.index("\n", at) + 1

    def _end(self, node: Any) -> int:
        """Where the last character stands; a block's own mark lies behind comments that follow."""
        if isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            if node.style in ("|", ">"):
                return int(start + len(self.text[start:end].rstrip()))
            return int(end)
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self._end(last if isinstance(node, yaml.SequenceNode) else last[1])


def _anew(node: Any, target: Any) -> Any:
    """On one line if it stood so and holds nothing that is long."""
    is_flow = isinstance(node, yaml.MappingNode) and node.flow_style and isinstance(target, dict)
    if is_flow and not any(isinstance(one, dict) for one in target.values()):
        return Flow(target)
    return target


def _kept(before: list[str], after: list[str]) -> set[str]:
    """Those that keep their place; others that are in both have moved."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    blocks = matcher.get_matching_blocks()
    return {name for one in blocks for name in before[one.a : one.a + one.size]}


def _anchored(wanted: list[str], present: set[str]) -> dict[str | None, list[str]]:
    """Of those not present, behind which of the present each comes; None: before all."""
    found: dict[str | None, list[str]] = {}
    anchor = None
    for name in wanted:
        if name in present:
            anchor = name
        else:
            found.setdefault(anchor, []).append(name)
    return found


def _in_order(found: Mapping[str, Any], target: Mapping[str, Any]) -> list[str]:
    """Keys in the order of the file, new ones behind that which precedes them in the target."""
    order = [key for key in found if key in target]
    for anchor, names in _anchored(list(target), set(order)).items():
        at = order.index(anchor) + 1 if anchor is not None else 0
        order[at:at] = names
    return order


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


# New text


def _is_short(value: Any) -> bool:
    """Whether the value stands on one line."""
    if isinstance(value, (dict, list)) and not value:
        return True
    if isinstance(value, dict):
        return isinstance(value, Flow)
    if isinstance(value, list):
        return not any(isinstance(one, (dict, list)) for one in value)
    return not _is_literal(value)


def _is_literal(value: Any) -> bool:
    """Whether a text of several lines may stand in the file as it is."""
    return (
        isinstance(value, str)
        and re.fullmatch(r"[^\s][^\n]*(\n[^\n]+)+\n?", value) is not None
        and not re.search(r"[\x00-\x09\x0b-\x1f]| \n", value)
        and not UNPRINTABLE.search(value)
    )


def _pair(key: str, value: Any, column: int) -> str:
    """A pair whose key stands in the column."""
    head = _scalar(key, "")
    if _is_short(value):
        return f"{head}: {_inline(value, key)}"
    if isinstance(value, str):
        inside = "\n".join(" " * (column + 2) + line for line in value.rstrip("\n").split("\n"))
        return f"{head}: {'|' if value.endswith(chr(10)) else '|-'}\n{inside}"
    return f"{head}:\n{' ' * (column + 2)}{_block(value, column + 2)}"


def _block(value: Any, column: int) -> str:
    """A mapping or list whose parts stand in the column; the first line without its spaces."""
    between = "\n" + " " * column
    if isinstance(value, dict):
        return between.join(_pair(key, inside, column) for key, inside in value.items())
    items = ["- " + _item(one, column + 2) for one in value]
    return (("\n" if isinstance(value, Spaced) else "") + between).join(items)


def _item(value: Any, column: int) -> str:
    is_inline = _is_short(value) or isinstance(value, str)
    return _inline(value, "") if is_inline else _block(value, column)


def _inline(value: Any, name: str) -> str:
    if isinstance(value, dict):
        inside = (f"{_scalar(key, '')}: {_inline(one, key)}" for key, one in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(one, name) for one in value) + "]"
    return _scalar(value, name)


def _scalar(value: Any, name: str, *, style: str | None = None, was_plain: bool = False) -> str:
    """A scalar as our files write it: texts in quotes, keys and words of ours without."""
    if not isinstance(value, str):
        return json.dumps(value)
    if style == "'" and not re.search(r"[\x00-\x1f]", value) and not UNPRINTABLE.search(value):
        return "'" + value.replace("'", "''") + "'"
    if style is None and _may_be_plain(value, name, anything=was_plain):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _may_be_plain(value: str, name: str, *, anything: bool) -> bool:
    is_text = name == "title" or name in {code for code, _name in settings.LANGUAGES}
    if not anything and (is_text or not PLAIN.fullmatch(value)):
        return False
    read: Callable[[str], Any] = lambda text: _parsed(text)[1]  # noqa: E731
    try:
        found = [read(f"{{k: {value}}}"), read(f"k: {value}\n"), yaml.safe_load(f"k: {value}")]
        return all(is_same(one, {"k": value}) for one in found)
    except yaml.YAMLError:
        return False
