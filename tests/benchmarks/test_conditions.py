"""Under which conditions figures were measured."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from helpers import run_python

import zoo_benchmarks


def test_a_commit_is_that_of_the_code_that_runs(tmp_path: Path) -> None:
    package = tmp_path / "zoo_benchmarks"
    (package / "measure").mkdir(parents=True)
    source = Path(zoo_benchmarks.__file__).parent
    for name in ("__init__.py", "measure/__init__.py", "measure/conditions.py", "measure/memory.py"):
        shutil.copy(source / name, package / name)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    def commit() -> str:
        code = "from zoo_benchmarks.measure.conditions import commit; print(commit())"
        result = run_python(code, PYTHONPATH=str(tmp_path))
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "something else")
    assert commit() == ""  # installed within a checkout of something else
    git("add", "zoo_benchmarks")
    git("commit", "--quiet", "--message", "the code")
    head = git("rev-parse", "--short=12", "HEAD")
    assert commit() == head
    with (package / "measure" / "memory.py").open("a") as file:
        file.write("# changed\n")
    assert commit() == f"{head}-dirty"
