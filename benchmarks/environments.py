"""Which Python the peers run on: ours where it has FastAPI, else one made from the same hashed file."""

import importlib.util
import subprocess
import sys

from benchmarks.ground import ROOT


def tutorial_python() -> str:
    """`make bench` installs FastAPI into .venv; a leaner environment gets .venv-bench beside it."""
    if importlib.util.find_spec("fastapi"):
        return sys.executable
    return _environment(".venv-bench", "requirements/dev.txt")


def peers_python() -> str:
    """dj-stripe and Django, in an environment of their own."""
    return _environment(".venv-peers", "requirements/peers.txt")


def _environment(name: str, requirements: str) -> str:
    folder = ROOT / name
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < (ROOT / requirements).stat().st_mtime:
        if not (folder / "bin" / "python").exists():
            subprocess.run(["sh", "requirements/venv.sh", name], check=True, cwd=ROOT, stdout=sys.stderr)
        subprocess.run(
            ["sh", "requirements/install.sh", name, requirements], check=True, cwd=ROOT, stdout=sys.stderr
        )
        stamp.touch()
    return str(folder / "bin" / "python")
