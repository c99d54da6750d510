"""localstripe, a Stripe that somebody else wrote: a process of its own, in an environment of its own.

GPL-3.0, so it is talked to and never imported. Its own command listens on every interface and keeps its
store in the shared folder of temporary files; this one does neither.
"""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bursar.sandbox.stage import free_port
from tests.support.processes import ROOT, eventually

VENV, REQUIREMENTS = ".venv-localstripe", "requirements/localstripe.txt"
INSTALL_S_MAX = 120
_SERVE = """
import sys
from aiohttp import web
from localstripe.resources import store
from localstripe.server import app
store.dump_to_disk = lambda: None
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Where it listens. Skips the test, saying why, where it cannot be installed."""
    python, port = _python(), free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-c", _SERVE, str(port)], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        assert eventually(lambda: _answers(url)), log.read_text()
        yield url
    finally:
        process.kill()
        process.wait()


def _python() -> Path:
    """Of its environment, made on first use and kept."""
    folder = ROOT / VENV
    stamp = folder / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < (ROOT / REQUIREMENTS).stat().st_mtime:
        for command in (["venv.sh", VENV], ["install.sh", VENV, REQUIREMENTS]):
            if command[0] == "venv.sh" and (folder / "bin" / "python").exists():
                continue
            _run(["sh", f"requirements/{command[0]}", *command[1:]])
        stamp.touch()
    return folder / "bin" / "python"


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=INSTALL_S_MAX)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
        said = (failed.stderr or b"").decode(errors="replace").strip().splitlines()[-1:]
        pytest.skip(f"localstripe cannot be installed here: {' '.join(said) or failed}")


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/customers", trust_env=False).status_code == httpx.codes.UNAUTHORIZED
    except httpx.TransportError:
        return False
