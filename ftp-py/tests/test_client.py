"""The client that blocks, against a server of the package."""

from __future__ import annotations

import gc
import io
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import timezone
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

import ftp_py
from ftp_py.pytest_plugin import TemporaryServer


@pytest.fixture
def client(ftp_server: TemporaryServer) -> Iterator[ftp_py.Client]:
    with ftp_py.Client.from_url(ftp_server.url) as client:
        yield client


@pytest.fixture
def silent() -> Iterator[tuple[str, int]]:
    """A server that greets, agrees to every login, and then says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def serve() -> None:
        try:
            while True:
                peer, _ = listener.accept()
                kept.append(peer)
                peer.sendall(b"220 Ready.\r\n")
                lines = peer.makefile("rb")
                for line in lines:
                    if line.startswith(b"USER"):
                        peer.sendall(b"230 Welcome.\r\n")
        except OSError:
            pass

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    for peer in kept:
        peer.shutdown(socket.SHUT_RDWR)
    thread.join()
    listener.close()
    for peer in kept:
        peer.close()


def test_a_file_is_stored_and_retrieved_as_a_file_object(client: ftp_py.Client) -> None:
    content = os.urandom(700_000)
    with client.open("file", "wb") as file:
        file.write(content[:10])
        file.write(content[10:])
    with client.open("file") as file:
        assert file.read(3) == content[:3]
        assert file.read() == content[3:]
    with client.open("file", offset=600_000) as file:
        assert file.read() == content[600_000:]
    with client.open("file", "ab") as file:
        file.write(b"more")
    with client.open("file", "r+b", offset=4) as file:
        file.write(b"over")
    assert client.size("file") == 700_004


def test_a_file_left_by_an_exception_is_not_taken_for_whole(
    client: ftp_py.Client, ftp_server: TemporaryServer
) -> None:
    with ftp_py.Server(ftp_server.root, anonymous="rw", dialogue=True) as server:
        with ftp_py.Client(*server.address) as other:
            with pytest.raises(RuntimeError, match="halfway"):
                with other.open("file", "wb") as file:
                    file.write(b"half")
                    file.flush()
                    raise RuntimeError("halfway")
            other.noop()
            ended = [e for e in server.events(0.2) if isinstance(e, ftp_py.FileEnded)]
    assert [event.outcome != "complete" for event in ended] == [True]


def test_paths_may_be_str_bytes_and_pathlib(client: ftp_py.Client) -> None:
    for path in ("ä b", "ä b".encode(), PurePosixPath("ä b")):
        with client.open(path, "wb") as file:
            file.write(b"x")
        assert client.size(path) == 1
    with client.open(b"\xff", "wb") as file:
        file.write(b"y")
    names = {entry.name for entry in client.entries()}
    assert names == {"ä b", "\udcff"}
    assert client.size("\udcff") == 1


def test_a_directory_is_made_changed_to_and_removed(client: ftp_py.Client) -> None:
    client.make_directory("a")
    client.change_directory("a")
    assert client.working_directory() == "/a"
    client.change_to_parent()
    client.rename("a", "b")
    (entry,) = client.list()
    assert (entry.name, entry.kind) == ("b", "directory")
    assert client.facts("b").is_dir
    client.remove_directory("b")
    assert client.list() == []


def test_entries_have_datetimes_and_come_one_by_one(
    client: ftp_py.Client, ftp_server: TemporaryServer
) -> None:
    for number in range(600):
        (ftp_server.root / f"{number}").touch()
    entries = client.entries()
    first = next(entries)
    assert first.modified is not None and first.modified.tzinfo is timezone.utc
    with pytest.raises(ftp_py.LocalProtocolError, match="open"):
        client.noop()
    assert len(list(entries)) == 599
    client.noop()
    client.entries().close()
    client.noop()
    assert len(list(client.entries(kind="names"))) == 600
    assert client.modified("1").tzinfo is timezone.utc


def test_progress_is_told_and_a_transfer_is_resumed(
    client: ftp_py.Client, ftp_server: TemporaryServer, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    (ftp_server.root / "file").write_bytes(content)
    here = tmp_path / "file"
    here.write_bytes(content[:1_000_000])
    told: list[tuple[int, int | None]] = []
    client.download("file", here, resume=True, progress=lambda *at: told.append(at))
    assert here.read_bytes() == content
    assert told[-1] == (3_000_000, 3_000_000)
    (ftp_server.root / "file").write_bytes(content[:2_000_000])
    assert client.upload(here, "file", resume=True) == 3_000_000
    assert (ftp_server.root / "file").read_bytes() == content
    kept = io.BytesIO()
    assert client.retrieve("file", kept, offset=2_999_990).bytes == 10
    kept.seek(0)
    told.clear()
    stored = client.store(None, kept, unique=True, progress=lambda *at: told.append(at))
    assert stored.name is not None and told == [(10, None)]


def test_what_progress_raises_ends_the_transfer(
    client: ftp_py.Client, ftp_server: TemporaryServer, tmp_path: Path
) -> None:
    with (ftp_server.root / "file").open("wb") as file:
        file.truncate(64 << 20)

    def progress(done: int, total: int | None) -> None:
        raise KeyError(done)

    with pytest.raises(KeyError):
        client.download("file", tmp_path / "file", progress=progress)
    assert client.noop().code == 200


def test_a_refusal_carries_the_reply(client: ftp_py.Client) -> None:
    with pytest.raises(ftp_py.PermanentReplyError) as caught:
        client.size("nothing")
    assert caught.value.reply is not None and caught.value.reply.code == 550
    with pytest.raises(ftp_py.PermanentReplyError):
        client.open("nothing")
    assert client.noop().code == 200


@pytest.mark.parametrize("path", ["a\r\nDELE b", "a\0b", ""])
def test_a_bad_argument_is_a_value_error_before_anything_is_sent(
    client: ftp_py.Client, path: str
) -> None:
    for call in (client.size, client.delete, client.open, client.make_directory):
        with pytest.raises(ValueError):
            call(path)
    assert client.noop().code == 200


def test_nobody_there_is_a_connection_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        ftp_py.Client("127.0.0.1", port)


def test_a_wrong_password_is_told_and_nothing_is_left(ftp_server: TemporaryServer) -> None:
    with pytest.raises(ftp_py.PermanentReplyError) as caught:
        ftp_py.Client(*ftp_server.address, user="user", password="wrong")
    assert caught.value.reply is not None and caught.value.reply.code == 530


def test_silence_meets_its_deadline(silent: tuple[str, int]) -> None:
    client = ftp_py.Client(*silent, timeout=0.3)
    with pytest.raises(ftp_py.TimeoutError), client:
        client.noop()
    assert issubclass(ftp_py.TimeoutError, TimeoutError)


def test_tls_is_verified_unless_told_otherwise(ftps_server: TemporaryServer) -> None:
    host, port = ftps_server.address

    def connect(**trust: Any) -> ftp_py.Client:
        return ftp_py.Client(
            host, port, user="user", password="password", tls="required", **trust
        )

    pem = ftps_server.certificate_pem
    assert pem is not None
    with pytest.raises(ftp_py.FtpError):
        connect(ca_pem=OTHER_CA)
    trusts: list[dict[str, Any]] = [
        {"pin": ftps_server.fingerprint},
        {"ca_pem": pem.encode()},
        {"verify": False},
    ]
    for trust in trusts:
        with connect(**trust) as client:
            with client.open("file", "wb") as file:
                file.write(b"secret")
            with client.open("file") as back:
                assert back.read() == b"secret"


def test_the_dialogue_is_logged_without_passwords(
    ftp_server: TemporaryServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "ftp_py"), ftp_py.Client.from_url(ftp_server.url) as client:
        client.noop()
    assert "C: NOOP" in caplog.messages
    assert "C: PASS ****" in caplog.messages
    assert not any("password\n" in m or m.endswith(" password") for m in caplog.messages)


def test_a_client_left_open_warns(ftp_server: TemporaryServer) -> None:
    with pytest.warns(ResourceWarning, match="unclosed"):
        ftp_py.Client.from_url(ftp_server.url)
        gc.collect()


def test_open_gives_a_file_of_its_own_connection(ftp_server: TemporaryServer) -> None:
    with ftp_py.open(ftp_server.url + "a%20file", "wb") as file:
        file.write(b"Hello.")
    assert (ftp_server.root / "a file").read_bytes() == b"Hello."
    with ftp_py.open(ftp_server.url + "a%20file") as file:
        assert file.read() == b"Hello."
    with pytest.raises(ValueError):
        ftp_py.open("http://192.0.2.1/file")


def test_abort_from_another_thread_ends_the_call(
    client: ftp_py.Client, ftp_server: TemporaryServer, tmp_path: Path
) -> None:
    with (ftp_server.root / "file").open("wb") as file:
        file.truncate(256 << 20)
    begun = threading.Event()

    def progress(done: int, total: int | None) -> None:
        if not begun.is_set():
            begun.set()
            client.abort()

    with pytest.raises(ftp_py.AbortedError):
        client.download("file", tmp_path / "file", progress=progress)
    assert client.noop().code == 200


def test_a_client_that_another_thread_uses_says_so(silent: tuple[str, int]) -> None:
    client = ftp_py.Client(*silent, timeout=1.0)
    waiting = threading.Event()
    raised: list[BaseException] = []

    def wait() -> None:
        waiting.set()
        try:
            client.noop()
        except ftp_py.FtpError as error:
            raised.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    # Until the other one has begun, this call waits as that one does.
    with pytest.raises(ftp_py.FtpError):
        client.noop()
    thread.join()
    client.close()
    assert len(raised) == 1


def test_eight_threads_use_clients_at_once(ftp_server: TemporaryServer, tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with ftp_py.Client.from_url(ftp_server.url) as client:
                content = bytes([number]) * 300_000
                for turn in range(5):
                    with client.open(f"{number}-{turn}", "wb") as file:
                        file.write(content)
                    with client.open(f"{number}-{turn}") as file:
                        assert file.read() == content
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(ftp_server.root.iterdir())) == 40


def test_one_session_in_two_threads_does_not_crash() -> None:
    session = ftp_py.ServerSession(local=("192.0.2.1", 21), peer=("192.0.2.7", 4000), now=0.0)
    sent: list[bytes] = []

    def work() -> None:
        for _ in range(2_000):
            session.receive_data(b"NOOP\r\n")
            session.next_event()
            sent.append(session.data_to_send())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while isinstance(session.next_event(), ftp_py.NeedSend):
        sent.append(session.data_to_send())
    assert b"".join(sent).count(b"\r\n") == 4_001


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_with_a_client_open_neither_crashes_nor_hangs(client: ftp_py.Client) -> None:
    with client.open("file", "wb") as file:
        file.write(b"before")
        file.flush()
        with warnings.catch_warnings():
            # Python warns of a fork beside threads; that is what is tried here.
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            try:
                client.noop()
                code = 1
            except ftp_py.LocalProtocolError:
                client.close()
                code = 0
            os._exit(code)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        file.write(b" and behind")
    with client.open("file") as read:
        assert read.read() == b"before and behind"


INTERRUPTED = """
import signal, sys, threading, time, ftp_py
client = ftp_py.Client(sys.argv[1], int(sys.argv[2]))
try:
    print("ready", flush=True)
    client.noop()
except KeyboardInterrupt:
    print("interrupted", flush=True)
client.close()
"""


def test_sigint_ends_a_call_while_the_server_is_silent(silent: tuple[str, int]) -> None:
    host, port = silent
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, host, str(port)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    with child.stdout as said:
        assert said.readline() == b"ready\n"
        begun = time.monotonic()
        child.send_signal(signal.SIGINT)
        assert said.readline() == b"interrupted\n"
        # The reply's own deadline is a minute.
        assert time.monotonic() - begun < 30
    assert child.wait() == 0


# A certificate authority that has signed nothing here.
OTHER_CA = (Path(__file__).parent / "other_ca.pem").read_bytes()
