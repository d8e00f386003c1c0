"""Captions: WebVTT (W3C) parsed and written anew; SubRip (.srt) becomes WebVTT on the way.

Kept are the cues: their times, their place on the picture and their words with the tags b, i, u,
v (who speaks) and lang. Comments, styles and regions are left out.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

TIME = r"(?:(\d{2,3}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
TIMES = re.compile(rf"{TIME}[ \t]+-->[ \t]+{TIME}((?:[ \t]+\S+)*)[ \t]*")
SETTING = re.compile(
    r"vertical:(?:rl|lr)|line:-?\d{1,4}(?:\.\d+)?%?(?:,(?:start|center|end))?"
    r"|position:\d{1,3}(?:\.\d+)?%(?:,(?:line-left|center|line-right))?"
    r"|size:\d{1,3}(?:\.\d+)?%|align:(?:start|center|end|left|right)"
)
TAG = re.compile(
    r"</(?:b|i|u|v|lang)>|<[biu]>|<v(?:\.[\w-]+)*[ \t][^<>&]{1,100}>|<lang[ \t][\w-]{2,20}>"
)
MARK = re.compile(r"&(?!(?:amp|lt|gt|nbsp|lrm|rlm|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
LEFT_OUT = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MOST_CUES, LONGEST_LINE = 20_000, 2_000


class CaptionsError(ValueError):
    """The captions cannot be read; the message, in the user's language, names the line."""


def rewritten(content: bytes) -> bytes:
    """The captions in plain WebVTT. Raises CaptionsError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = _("Line %(line)d of the captions is not UTF-8: save the file as UTF-8.")
        raise CaptionsError(message % {"line": line}) from error
    lines = re.split(r"\r\n|\n|\r", text)
    is_subrip = _is_subrip(lines)
    if not is_subrip and not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise CaptionsError(_("The captions do not begin with the word WEBVTT."))
    cues = ["WEBVTT"]
    for number, block in _blocks(lines):
        if number == 1 and not is_subrip:
            continue  # the header, with whatever stands in it
        if LEFT_OUT.fullmatch(block[0]):
            continue
        cues.append(_cue(number, block))
        if len(cues) > MOST_CUES:
            raise _wrong(number, _("there are too many captions"))
    if len(cues) == 1:
        raise CaptionsError(_("There are no captions in the file."))
    return ("\n\n".join(cues) + "\n").encode()


def _is_subrip(lines: list[str]) -> bool:
    """A number, then times with a decimal comma."""
    first = [line for line in lines[:20] if line.strip()][:2]
    return len(first) == 2 and first[0].strip().isdecimal() and bool(TIMES.fullmatch(first[1]))


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines between empty ones, with the number of the first, counted from 1."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _cue(number: int, block: list[str]) -> str:
    if "-->" not in block[0]:  # the cue's name, which nobody sees
        number, block = number + 1, block[1:]
    match = TIMES.fullmatch(block[0]) if block else None
    if match is None:
        raise _wrong(number, _("the times are not as 00:00:05.000 --> 00:00:08.000"))
    begin, end = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:8])
    if end <= begin:
        raise _wrong(number, _("the caption ends before it begins"))
    settings = (match[9] or "").split()
    if any(not SETTING.fullmatch(setting) for setting in settings):
        raise _wrong(number, _("the place of the caption is not understood"))
    words = [_words(number + 1 + place, line) for place, line in enumerate(block[1:])]
    return "\n".join([" ".join([f"{_time(begin)} --> {_time(end)}", *settings]), *words])


def _words(number: int, line: str) -> str:
    """A line of a cue with its few tags. Raises CaptionsError."""
    if len(line) > LONGEST_LINE or CONTROL.search(line):
        raise _wrong(number, _("the line is too long or not text"))
    plain = TAG.sub("", line)
    if "<" in plain or "-->" in plain:
        raise _wrong(number, _("only the tags b, i, u, v and lang may be used"))
    return MARK.sub("&amp;", line)


def _wrong(line: int, what: str) -> CaptionsError:
    return CaptionsError(
        _("Line %(line)d of the captions: %(what)s.") % {"line": line, "what": what}
    )


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _time(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
