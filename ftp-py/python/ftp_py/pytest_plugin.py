"""Fixtures for pytest: a real FTP server for the tests of any project.

``ftp_server`` and ``ftps_server`` are each a ``ftp_py.Server`` on a directory of the test's own,
``server.root``, with the user ``user`` and the password ``password``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ftp_py import Server


class TemporaryServer(Server):
    """A server in a directory of a test."""

    root: Path
    user = "user"
    password = "password"


def _serve(root: Path, server: TemporaryServer) -> Iterator[TemporaryServer]:
    server.root = root
    with server:
        yield server


@pytest.fixture
def ftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporaryServer]:
    """A server in clear."""
    root = tmp_path_factory.mktemp("ftp")
    users = {TemporaryServer.user: TemporaryServer.password}
    yield from _serve(root, TemporaryServer(root, users=users))


@pytest.fixture
def ftps_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporaryServer]:
    """A server that insists on TLS (AUTH TLS), with a certificate of its own."""
    root = tmp_path_factory.mktemp("ftps")
    users = {TemporaryServer.user: TemporaryServer.password}
    server = TemporaryServer(root, users=users, tls="explicit", require_tls="both")
    yield from _serve(root, server)
