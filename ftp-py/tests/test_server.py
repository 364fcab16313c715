"""The server for tests and scripts: events, a storage in Python, the standard library's client."""

from __future__ import annotations

import ftplib
import io
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

import ftp_py
from ftp_py.pytest_plugin import TemporaryServer


class Kept(io.BytesIO):
    """A file that is there when it is closed."""

    def __init__(self, files: dict[str, bytes], path: str, content: bytes, at: int) -> None:
        super().__init__(content)
        self.seek(at)
        self._files = files
        self._path = path

    def close(self) -> None:
        if not self.closed:
            self._files[self._path] = self.getvalue()
        super().close()

    def discard(self) -> None:
        super().close()


class Memory:
    """Files in memory, in one directory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def entry(self, path: str) -> ftp_py.Entry:
        if path == "/":
            return ftp_py.Entry("", kind="directory")
        if path not in self.files:
            raise FileNotFoundError(path)
        return ftp_py.Entry("", kind="file", size=len(self.files[path]))

    def entries(self, path: str) -> Iterator[ftp_py.Entry]:
        for name, content in sorted(self.files.items()):
            yield ftp_py.Entry(name[1:], kind="file", size=len(content))

    def open(self, path: str, mode: str, offset: int) -> io.BytesIO:
        if mode == "rb":
            if path not in self.files:
                raise FileNotFoundError(path)
            return io.BytesIO(self.files[path][offset:])
        old = b"" if mode == "wb" else self.files.get(path, b"")
        return Kept(self.files, path, old, len(old) if mode == "ab" else offset)

    def delete(self, path: str) -> None:
        if self.files.pop(path, None) is None:
            raise FileNotFoundError(path)

    def make_directory(self, path: str) -> None:
        raise NotImplementedError

    def remove_directory(self, path: str) -> None:
        raise RuntimeError("a storage with a fault")

    def rename(self, path: str, to: str) -> None:
        self.files[to] = self.files.pop(path)

    def set_modified(self, path: str, modified: datetime) -> None:
        raise PermissionError


def test_a_storage_in_python_is_read_and_changed() -> None:
    memory = Memory()
    content = bytes(range(256)) * 4_000
    with ftp_py.Server(storage=memory, users={"ada": "secret"}) as server:
        with ftp_py.Client.from_url(server.url) as client:
            with client.open("file", "wb") as file:
                file.write(content)
            assert memory.files == {"/file": content}
            with client.open("file", offset=10) as file:
                assert file.read() == content[10:]
            with client.open("file", "ab") as file:
                file.write(b"!")
            client.rename("file", "other")
            assert [(e.name, e.size) for e in client.entries()] == [("other", len(content) + 1)]
            with pytest.raises(ftp_py.PermanentReplyError) as caught:
                client.make_directory("a")
            assert caught.value.reply is not None and caught.value.reply.code in (502, 504, 550)
            client.delete("other")
            with pytest.raises(ftp_py.PermanentReplyError):
                client.open("other")
    assert memory.files == {}


def test_what_a_storage_raises_is_logged_and_the_server_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ftp_py.Server(storage=Memory(), users={"ada": "secret"}) as server:
        with ftp_py.Client.from_url(server.url) as client:
            with pytest.raises(ftp_py.ReplyError):
                client.remove_directory("a")
            assert client.noop().code == 200
    assert "the storage failed" in caplog.messages


def test_an_upload_cut_short_is_discarded() -> None:
    memory = Memory()
    with ftp_py.Server(storage=memory, users={"ada": "secret"}) as server:
        with ftp_py.Client.from_url(server.url) as client:
            with pytest.raises(RuntimeError), client.open("file", "wb") as file:
                file.write(b"half")
                file.flush()
                raise RuntimeError
            assert client.noop().code == 200
    assert memory.files == {}


def test_events_tell_what_happens(ftp_server: TemporaryServer) -> None:
    (ftp_server.root / "motd").write_bytes(b"Hello.")
    events = ftp_server.events()
    with ftp_py.Client.from_url(ftp_server.url) as client:
        with client.open("motd") as file:
            file.read()
    told = []
    for event in events:
        told.append(event)
        if isinstance(event, ftp_py.SessionEnded):
            break
    assert [type(event).__name__ for event in told] == [
        "SessionStarted",
        "UserLoggedIn",
        "FileStarted",
        "FileEnded",
        "SessionEnded",
    ]
    match told[3]:
        case ftp_py.FileEnded(1, 6, "complete"):
            pass
        case other:
            raise AssertionError(other)


def test_events_are_given_to_a_callback(tmp_path: Path) -> None:
    told: list[ftp_py.Event] = []
    ended = threading.Event()

    def on_event(event: ftp_py.Event) -> None:
        told.append(event)
        if isinstance(event, ftp_py.SessionEnded):
            ended.set()

    before = threading.active_count()
    with ftp_py.Server(tmp_path, anonymous="ro", dialogue=True, on_event=on_event) as server:
        with ftp_py.Client(*server.address) as client:
            client.noop()
        assert ended.wait(30)
    assert any(isinstance(e, ftp_py.CommandCame) and e.line == "NOOP" for e in told)
    assert threading.active_count() == before, "no thread is left behind"


def test_permissions_and_homes_are_kept(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "file").write_bytes(b"Hello.")
    users = {"ada": ("secret", "ro", "/ada")}
    with ftp_py.Server(tmp_path, users=users) as server:
        with ftp_py.Client.from_url(server.url) as client:
            assert client.size("/file") == 6
            with pytest.raises(ftp_py.PermanentReplyError):
                client.delete("/file")


def test_the_standard_client_is_served(ftp_server: TemporaryServer) -> None:
    with ftplib.FTP() as ftp:
        ftp.connect(*ftp_server.address)
        ftp.login(ftp_server.user, ftp_server.password)
        ftp.storbinary("STOR file", io.BytesIO(b"Hello."))
        assert ftp.nlst() == ["file"]
    assert (ftp_server.root / "file").read_bytes() == b"Hello."


def test_a_server_of_any_kind_of_tls_is_used_by_its_url(tmp_path: Path) -> None:
    for tls in ("explicit", "implicit"):
        with ftp_py.Server(tmp_path, users={"a/b": "c@d"}, tls=tls) as server:
            with ftp_py.Client.from_url(server.url, pin=server.fingerprint) as client:
                assert client.working_directory() == "/"


def test_a_server_left_running_warns(tmp_path: Path) -> None:
    with pytest.warns(ResourceWarning, match="running"):
        ftp_py.Server(tmp_path).start()


def test_a_stopped_server_ends_its_events(tmp_path: Path) -> None:
    server = ftp_py.Server(tmp_path).start()
    events = server.events()
    threading.Timer(0.05, server.stop).start()
    assert list(events) == []
