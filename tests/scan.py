"""`make scan`: bandit, semgrep with rules of our own, and pip-audit where its service is reached.

Each runs in an environment of its own (uv), so that none of it is in the tests' or the product's.
Ends with 1 when something is found that nobody has looked at.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = ("lms", "courses", "quizzes", "certificates", "manage.py")
RULES = "tests/semgrep"
UV = os.environ.get("UV", "uv")
BANDIT, SEMGREP, AUDIT = "bandit==1.9.4", "semgrep==1.185.0", "pip-audit==2.10.1"
QUIET = ("--metrics", "off", "--disable-version-check")
UNREACHED = ("ConnectionError", "NameResolutionError", "Max retries exceeded", "timed out")
# Bandit's rules where ruff has the same under another number, or none.
SAME = {"B703": "S308"}
NO_RULE = {
    "B404": "an import is no call; the calls are looked at",
    "B406": "xml.sax.saxutils.escape parses nothing",
}
# Where ruff's rule sees less than bandit's: read by hand.
READ = {
    ("lms/ops/databases.py", "B603"): "pg_dump and pg_restore, by lists of words without a shell",
    ("lms/ops/databases.py", "B608"): "names of tables and columns, from models and the database",
    ("lms/settings.py", "B105"): "rates of limits; ruff looks for passwords there",
}


def tool(package: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program of a package, which uv fetches once."""
    program = package.partition("==")[0]
    command = [UV, "tool", "run", "--quiet", "--from", package, program, *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def read_json(done: subprocess.CompletedProcess[str]) -> Any:
    """What it says as JSON. Raises SystemExit with its own words where it could not run."""
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SystemExit(done.stderr or done.stdout or "nothing came") from None


def looked_at(found: dict[str, Any], ignored: set[str]) -> bool:
    """Whether ruff's rule of the same kind was answered: in place (`noqa`), or for the project."""
    number = found["test_id"]
    same = SAME.get(number, f"S{number[1:]}")
    if number in NO_RULE or same in ignored or (found["filename"], number) in READ:
        return True
    lines = (ROOT / found["filename"]).read_text(encoding="utf-8").splitlines()
    first, last = found["line_range"][0], max(found["line_range"])
    return any(re.search(rf"# noqa: [\w, ]*{same}\b", line) for line in lines[first - 1 : last])


def bandit() -> int:
    done = tool(BANDIT, "--quiet", "--format", "json", "--recursive", *PRODUCT)
    found = read_json(done)["results"]
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ignored = set(settings["tool"]["ruff"]["lint"]["ignore"])
    left = [one for one in found if not looked_at(one, ignored)]
    print(f"bandit: {len(found)} found, {len(found) - len(left)} looked at before")
    for one in left:
        print(f"  {one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}")
    return len(left)


def semgrep() -> int:
    planted = tool(SEMGREP, "scan", "--test", *QUIET, RULES)
    rules = re.search(r"(\d+)/(\d+): ✓ All tests passed", planted.stdout + planted.stderr)
    if planted.returncode or not rules or rules[1] != rules[2]:
        print(planted.stdout, planted.stderr)
        return 1
    scanned = tool(SEMGREP, "scan", *QUIET, "--quiet", "--json", "--config", RULES, *PRODUCT)
    said = read_json(scanned)
    found = said["results"] + said["errors"]
    print(f"semgrep: {rules[1]} rules find what is planted; {len(found)} found in the product")
    for one in said["results"]:
        name = one["check_id"].rpartition(".")[2]
        print(f"  {one['path']}:{one['start']['line']} {name}: {one['extra']['message']}")
    for one in said["errors"]:
        print(f"  {one.get('message', one)}")
    return len(found)


def pip_audit() -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as locked:
        export = [UV, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project"]
        subprocess.run([*export, "--output-file", locked.name], cwd=ROOT, check=True)
        done = tool(
            AUDIT, "--vulnerability-service", "osv", "--disable-pip", "--require-hashes",
            "--format", "json", "--progress-spinner", "off", "--requirement", locked.name,
        )  # fmt: skip
    if done.returncode and any(sign in done.stderr for sign in UNREACHED):
        print("pip-audit: NOT DONE, for api.osv.dev is not reached from here")
        return 0
    packages = read_json(done)["dependencies"]
    found = [(one, fault) for one in packages for fault in one.get("vulns", [])]
    print(f"pip-audit: {len(packages)} packages, {len(found)} known faults")
    for one, fault in found:
        print(f"  {one['name']} {one['version']}: {fault['id']}, mended in {fault['fix_versions']}")
    return len(found)


if __name__ == "__main__":
    sys.exit(1 if bandit() + semgrep() + pip_audit() else 0)
