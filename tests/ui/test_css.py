"""The stylesheet keeps its own rules: layers, one class a file, colours in one place, a budget."""

import gzip
import re
from pathlib import Path

import pytest

from lms.ui.storage import IMPORT, bundle

FOLDER = Path(__file__).resolve().parents[2] / "lms" / "static" / "lms"
COMPONENTS = sorted((FOLDER / "components").glob("*.css"))
SHEETS = sorted(FOLDER.rglob("*.css"))
BUDGET = 9.5 * 1024
NAMED_COLOURS = (
    r"\b(?:white|black|red|green|blue|grey|gray|orange|yellow|teal|navy|Canvas\w*)\b(?!-)"
)
COLOUR = re.compile(rf"#[0-9a-fA-F]{{3,8}}\b|\b(?:rgba?|hsla?|oklch|light-dark)\(|{NAMED_COLOURS}")


def rules(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def selectors(path: Path) -> list[str]:
    """Each selector of a file, those inside of conditions too."""
    heads = re.findall(r"([^{}]+)\{", rules(path))
    heads = [head.strip() for head in heads if not head.strip().startswith("@")]
    return [part.strip() for head in heads for part in head.split(",")]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_sheet_needs_no_important_no_font_and_no_picture(path: Path) -> None:
    text = rules(path)

    assert "!important" not in text
    assert "@font-face" not in text
    assert path.name == "index.css" or "url(" not in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    "path", [path for path in SHEETS if path.name != "tokens.css"], ids=lambda path: path.stem
)
def test_colours_come_from_tokens(path: Path) -> None:
    assert COLOUR.findall(rules(path)) == []


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_each_token_used_exists(path: Path) -> None:
    known = set(re.findall(r"(--[\w-]+):", rules(FOLDER / "tokens.css")))

    assert set(re.findall(r"var\((--[\w-]+)", rules(path))) <= known


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_component_file_owns_one_class(path: Path) -> None:
    own = re.compile(rf"\.{path.stem}s?(?![\w-])")

    assert [selector for selector in selectors(path) if not own.match(selector)] == []


def test_index_imports_every_sheet_once() -> None:
    imported = [url for url, _ in IMPORT.findall(rules(FOLDER / "index.css"))]

    assert sorted(imported) == sorted(
        str(path.relative_to(FOLDER)) for path in SHEETS if path.name != "index.css"
    )


def test_index_imports_in_the_order_of_its_layers() -> None:
    text = rules(FOLDER / "index.css")
    declared = re.search(r"@layer ([^;]+);", text)[1].split(", ")

    assert list(dict.fromkeys(layer for _, layer in IMPORT.findall(text))) == declared


def test_old_browsers_of_windows_7_understand_it() -> None:
    """Chrome 109 and Firefox 115: no nesting, no light-dark(), no range conditions."""
    text = "".join(rules(path) for path in SHEETS)

    assert "light-dark(" not in text
    assert re.findall(r"(?:^|[\s;{])&", text) == []
    assert re.findall(r"@media[^{]*[<>]", text) == []


def test_size_over_the_wire() -> None:
    text = bundle((FOLDER / "index.css").read_text(), lambda url: (FOLDER / url).read_text())

    assert len(gzip.compress(text.encode(), 6)) <= BUDGET


# Contrast, computed from the tokens as WCAG 2.2 says.


def tokens(scheme: str) -> dict[str, str]:
    text = rules(FOLDER / "tokens.css")
    light, dark = text.split("@media screen and (prefers-color-scheme: dark)")
    colours = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
    found = dict(colours.findall(light))
    return found | dict(colours.findall(dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


GROUNDS = ("paper", "sheet", "sunk", "wash")
TEXT = (
    [(text, ground) for text in ("ink", "soft", "mark") for ground in GROUNDS]
    + [("ink", "due-wash"), ("ink", "late-wash"), ("mark", "due-wash"), ("mark", "late-wash")]
    + [(state, ground) for state in ("due", "late") for ground in ("paper", "sheet", "sunk")]
    + [("due", "due-wash"), ("late", "late-wash")]
    + [("on-mark", ground) for ground in ("mark", "mark-deep", "due", "late")]
)
CONTROLS = [
    ("edge", "paper"),
    ("edge", "sheet"),
    ("mark", "paper"),
    ("mark", "sheet"),
    ("mark", "wash"),
    ("mark", "line"),
    ("late", "line"),
    ("due", "line"),
    ("mark", "sunk"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_has_contrast(scheme: str, text: str, ground: str) -> None:
    colours = tokens(scheme)

    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("control", "ground"), CONTROLS)
def test_control_has_contrast(scheme: str, control: str, ground: str) -> None:
    colours = tokens(scheme)

    assert contrast(colours[control], colours[ground]) >= 3
