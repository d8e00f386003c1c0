"""The bundle: made by one command, installed by pip without an index."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.ops.deploying import DEPLOY, ROOT

pytestmark = pytest.mark.once
UNREACHABLE = re.compile(
    r"error sending request|Failed to fetch|dns error|timed out|[Cc]onnection"
    r"|Temporary failure|Network|No matching distribution"
)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"DATA_DIR", "DJANGO_SETTINGS_MODULE"}}
    return subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=kept | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the last commit, unpacked."""
    uv = shutil.which("uv") or ROOT / ".make" / "bin" / "uv"
    if not Path(uv).exists() or not (ROOT / ".git").exists():
        pytest.skip("NO BUNDLE WAS MADE: there is no uv, or this is no clone")
    folder = tmp_path_factory.mktemp("bundle")
    done = run("sh", DEPLOY / "bundle.sh", uv, folder)
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(f"NO BUNDLE WAS MADE: no package index, nothing kept: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    (path,) = folder.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    return folder / path.name.removesuffix(".tar.gz")


def test_a_bundle_is_whole(bundle: Path) -> None:
    lock = (ROOT / "uv.lock").read_text()
    wheels = {path.name.partition("-")[0].lower() for path in (bundle / "wheels").iterdir()}
    assert {"django", "celery", "granian", "psycopg_binary", "prometheus_client"} <= wheels
    assert not wheels & {"pytest", "mypy", "ruff"}
    for wheel in wheels:
        assert f'name = "{wheel.replace("_", "-")}"' in lock
    assert (bundle / "source" / "manage.py").exists()
    assert not (bundle / "source" / "tests").exists()


def test_a_bundle_is_installed_without_an_index(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "waypost"
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_CONFIG_FILE": os.devnull}
    nowhere["PIP_NO_COMPILE"] = "1"  # nothing of it runs here for long
    python = (bundle / "PYTHON").read_text().split()[0]
    done = run("sh", bundle / "install.sh", target, f"python{python}", **nowhere)
    assert done.returncode == 0, done.stderr[-3000:]

    code = (
        "import django, json; django.setup(); from lms.ops import release;"
        "from django.core.management import call_command; call_command('check');"
        "print(json.dumps([release.version(), release.revision()]))"
    )
    data = {"DATA_DIR": str(tmp_path / "data"), "DJANGO_SETTINGS_MODULE": "lms.settings"}
    said = subprocess.run(
        [target / ".venv" / "bin" / "python", "-c", code],
        cwd=target, env=data, capture_output=True, text=True, check=True,
    )  # fmt: skip
    version, revision = json.loads(said.stdout.splitlines()[-1])
    assert bundle.name == f"waypost-{version}-{revision}"
    assert (target / "static" / "staticfiles.json").exists()
    assert (target / "lms" / "locale" / "uk" / "LC_MESSAGES" / "django.mo").exists()
    for program in ("granian", "celery"):
        assert (target / ".venv" / "bin" / program).exists()


def test_a_bundle_that_was_changed_is_refused(bundle: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(bundle, copied, copy_function=os.link)
    (copied / "PYTHON").unlink()
    (copied / "PYTHON").write_text("3.99 elsewhere\n")
    done = run("sh", copied / "install.sh", tmp_path / "waypost")
    assert done.returncode != 0
    assert "PYTHON: FAILED" in done.stdout + done.stderr
    assert not (tmp_path / "waypost").exists()


def test_a_folder_of_something_else_is_left_alone(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    python = (bundle / "PYTHON").read_text().split()[0]
    done = run("sh", bundle / "install.sh", tmp_path, f"python{python}")
    assert done.returncode == 1
    assert "is not empty and holds no Waypost" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
