"""Compiles the hashed requirement files, and tells without network whether they are what was compiled.

`write` resolves pyproject.toml anew; pins already there stay unless `--upgrade` is given. `check` compares
two fingerprints in the first line of each file: of the dependencies that went in and of the pins that came
out. A newer release somewhere never makes `check` fail. Standard library only: it needs no environment.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "pyproject.toml"
FILES = {"run.txt": ("embedded",), "dev.txt": ("embedded", "s3", "dev", "bench")}
"""What `make demo` and `make up` install, and what `make test`, `make check` and `make bench` do."""
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+")


def write(*, upgrade: bool) -> int:
    """Compile every file and stamp it."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        print("make lock needs uv: run `make test` once, which installs it into .venv", file=sys.stderr)
        return 1
    for name, extras in FILES.items():
        target = HERE / name
        arguments = [
            "pip",
            "compile",
            "--quiet",
            "--generate-hashes",
            "--universal",
            "--python-version",
            "3.11",
        ]
        arguments += ["--custom-compile-command", "make lock", *(f"--extra={each}" for each in extras)]
        arguments += ["--upgrade"] if upgrade else []
        arguments += [] if name == "run.txt" else ["--constraints", "requirements/run.txt"]
        subprocess.run(
            [uv, *arguments, "pyproject.toml", "-o", f"requirements/{name}"], check=True, cwd=HERE.parent
        )
        body = _without_stamp(target.read_text(encoding="utf-8"))
        target.write_text(f"{_stamp(extras, body)}\n{body}", encoding="utf-8")
    return 0


def check() -> int:
    """Say what is stale or was edited by hand; 0 when nothing."""
    wrong = [problem for name, extras in FILES.items() for problem in _problems(name, extras)]
    for problem in wrong:
        print(problem, file=sys.stderr)
    return 1 if wrong else 0


def _problems(name: str, extras: tuple[str, ...]) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    body = _without_stamp(text)
    wrong = []
    if text.splitlines()[0] != _stamp(extras, body):
        wrong.append(f"requirements/{name} is not what `make lock` wrote for this pyproject.toml: run it")
    blocks = re.split(r"\n(?=\S)", body)
    wrong += [
        f"requirements/{name}: {pin[1]} has no hash"
        for block in blocks
        if (pin := _PIN.match(block)) and "--hash=sha256:" not in block
    ]
    if "://" in body:
        wrong.append(f"requirements/{name} names a download host")
    return wrong


def _stamp(extras: tuple[str, ...], body: str) -> str:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    inputs = [
        project["requires-python"],
        sorted(project["dependencies"]),
        *(sorted(project["optional-dependencies"][each]) for each in extras),
    ]
    return f"# locked: inputs {_digest(json.dumps(inputs))} pins {_digest(body)}"


def _without_stamp(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# locked: "))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


if __name__ == "__main__":
    command, *options = sys.argv[1:] or ["check"]
    sys.exit(write(upgrade="--upgrade" in options) if command == "write" else check())
