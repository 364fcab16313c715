"""The examples, each as it is called, against a server of the package."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ftp_py.pytest_plugin import TemporaryServer

EXAMPLES = Path(__file__).parents[1] / "examples"
CONTENT = os.urandom(500_000)


def run(example: str, server: TemporaryServer, path: str, given: bytes = b"") -> bytes:
    host, port = server.address
    login = [host, str(port), server.user, server.password]
    command = [sys.executable, str(EXAMPLES / example), *login, path]
    finished = subprocess.run(command, input=given, capture_output=True, timeout=60)
    assert finished.returncode == 0, finished.stderr.decode()
    assert finished.stderr == b""
    return finished.stdout


def test_selectors_retrieve_a_file(ftp_server: TemporaryServer) -> None:
    (ftp_server.root / "file").write_bytes(CONTENT)
    assert run("selectors_client.py", ftp_server, "file") == CONTENT


def test_trio_stores_a_file(ftp_server: TemporaryServer) -> None:
    run("trio_client.py", ftp_server, "file", CONTENT)
    assert (ftp_server.root / "file").read_bytes() == CONTENT


def test_twisted_lists_a_directory(ftp_server: TemporaryServer) -> None:
    (ftp_server.root / "pub").mkdir()
    (ftp_server.root / "pub" / "file").touch()
    assert run("twisted_client.py", ftp_server, "pub") == b"file\n"


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(example: Path) -> None:
    assert len(example.read_text("utf-8").splitlines()) < 150
