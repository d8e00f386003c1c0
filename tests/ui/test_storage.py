from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

from lms.ui.storage import bundle

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lms.ui.storage.BundledStaticFilesStorage"},
}


def collect(sources: Path, root: Path) -> str:
    """The stylesheet as the page would load it, after collectstatic."""
    with override_settings(
        STATIC_ROOT=root,
        STATICFILES_DIRS=[sources],
        STORAGES=STORAGES,
        INSTALLED_APPS=["django.contrib.staticfiles"],
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        name = staticfiles_storage.stored_name("lms/index.css")
    return (root / name).read_text()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / "lms" / "components").mkdir(parents=True)
    (folder / "lms" / "index.css").write_text(
        '/* why */\n@layer base, components;\n@import url("base.css") layer(base);\n'
        '@import url("components/tag.css") layer(components);\n'
    )
    (folder / "lms" / "base.css").write_text("/* plain */\np {\n  margin: 0;\n}\n")
    (folder / "lms" / "components" / "tag.css").write_text(".tag { color: var(--soft); }\n")
    return folder


def test_bundle_wraps_each_import_in_its_layer() -> None:
    text = bundle('@import url("a.css") layer(base);', {"a.css": "p { margin: 0; } /* no */"}.get)

    assert text == "@layer base {\np { margin: 0; }\n}\n"


def test_page_loads_one_file(sources: Path, tmp_path: Path) -> None:
    text = collect(sources, tmp_path / "static")

    assert text == (
        "@layer base, components;\n@layer base {\np {\nmargin: 0;\n}\n}\n"
        "@layer components {\n.tag { color: var(--soft); }\n}\n"
    )


def test_stylesheet_is_compressed_and_hashed(sources: Path, tmp_path: Path) -> None:
    collect(sources, tmp_path / "static")

    assert list((tmp_path / "static" / "lms").glob("index.*.css"))
    assert "@import" not in (tmp_path / "static" / "lms" / "index.css").read_text()


def test_second_run_without_a_change_gives_the_same(sources: Path, tmp_path: Path) -> None:
    first = collect(sources, tmp_path / "static")

    assert collect(sources, tmp_path / "static") == first


def test_change_of_a_part_reaches_the_page_on_the_next_run(sources: Path, tmp_path: Path) -> None:
    first = collect(sources, tmp_path / "static")
    part = sources / "lms" / "components" / "tag.css"
    part.write_text(".tag { color: var(--ink); }\n")

    second = collect(sources, tmp_path / "static")

    assert second == first.replace("--soft", "--ink")


def test_missing_part_is_an_error(sources: Path, tmp_path: Path) -> None:
    (sources / "lms" / "base.css").unlink()

    with pytest.raises(KeyError, match=r"base\.css"):
        collect(sources, tmp_path / "static")
