"""The client that blocks."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, Literal, overload
from urllib.parse import unquote_to_bytes, urlsplit

from ftp_py._core import Connection
from ftp_py._outputs import Transferred

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from _typeshed import ReadableBuffer, WriteableBuffer

    from ftp_py._core import Entry, Reply
    from ftp_py._types import (
        Address,
        AuthFallback,
        Data,
        Name,
        PassiveHost,
        Pipelining,
        Progress,
        Protection,
        Tls,
    )


_LOG = logging.getLogger("ftp_py")


class Client:
    """A connection to a server, logged in: anonymously if no user is named.

    Every call waits until it is done, and never past its deadlines. A client is for one thread at a
    time: a call that meets another one raises ``LocalProtocolError``; only ``abort`` may come from
    anywhere. The dialogue is logged under ``ftp_py`` at level DEBUG, without passwords.

    >>> import ftp_py, tempfile
    >>> from pathlib import Path
    >>> root = tempfile.TemporaryDirectory()
    >>> server = ftp_py.Server(root.name, users={"ada": "secret"})
    >>> with server, ftp_py.Client(*server.address, user="ada", password="secret") as client:
    ...     with client.open("notes", "wb") as file:
    ...         file.write(b"Buy milk.")
    ...     with client.open("notes") as file:
    ...         file.read()
    ...     [entry.name for entry in client.entries()]
    ...     client.size("notes")
    9
    b'Buy milk.'
    ['notes']
    9
    >>> root.cleanup()
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        user: Name | None = None,
        password: Name | None = None,
        account: Name | None = None,
        timeout: float | None = None,
        timeouts: dict[str, float | None] | None = None,
        limits: dict[str, int] | None = None,
        data: Data = "passive",
        passive_host: PassiveHost = "peer",
        pipelining: Pipelining = "off",
        tls: Tls = "off",
        auth_fallback: AuthFallback = "none",
        protection: Protection = "private",
        server_name: str | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        ca_pem: bytes | None = None,
        pin: str | None = None,
        verify: bool = True,
        certificate: tuple[str | os.PathLike[str], str | os.PathLike[str]] | None = None,
        max_version: Literal["1.2", "1.3"] | None = None,
        source_address: str | None = None,
        active_ports: tuple[int, int] | None = None,
        active_address: str | None = None,
    ) -> None:
        deadlines: dict[str, float | None] = {}
        if timeout is not None:
            if not timeout > 0:
                raise ValueError("a timeout is a positive number of seconds")
            deadlines = dict.fromkeys(
                ("greeting", "reply", "final_reply", "data_open", "stall", "send", "handshake"),
                timeout,
            )
        deadlines.update(timeouts or {})
        self._connection: Connection | None = None
        # Checked before anything is sent.
        if password is not None and user is None:
            raise ValueError("a password needs a user")
        self._connection = Connection(
            host,
            port if port is not None else 990 if tls == "implicit" else 21,
            timeouts=deadlines,
            limits=limits,
            connect_timeout=timeout if timeout is not None else 30.0,
            data=data,
            passive_host=passive_host,
            pipelining=pipelining,
            tls=tls,
            auth_fallback=auth_fallback,
            protection=protection,
            server_name=server_name,
            ca_file=ca_file,
            ca_pem=ca_pem,
            pin=pin,
            verify=verify,
            certificate=certificate,
            max_version=max_version,
            source_address=source_address,
            active_ports=active_ports,
            active_address=active_address,
            log=_log if _LOG.isEnabledFor(logging.DEBUG) else None,
        )
        try:
            if user is None:
                self._connection.login("anonymous", "anonymous@", account)
            else:
                self._connection.login(user, password, account)
        except BaseException:
            self.close()
            raise

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Self:
        """Connects to where an address says, and logs in as it says: ``ftp://``, ``ftpes://`` for
        TLS after AUTH, ``ftps://`` for TLS from the start. Its path is not looked at."""
        return cls(**{**_from_url(url), **options})

    def close(self) -> None:
        """Closes the connection as it is; ``quit`` is the polite way."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def quit(self) -> None:
        """Says QUIT, waits for the reply, and closes the connection whatever comes."""
        connection = self._open()
        try:
            connection.quit()
        finally:
            self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._connection is not None:
            self.quit()
        else:
            self.close()

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    def __repr__(self) -> str:
        state = "closed" if self._connection is None else "open"
        return f"<ftp_py.Client, {state}>"

    @property
    def addresses(self) -> tuple[Address, Address]:
        """This end of the control connection, and the server's."""
        return self._open().addresses()

    def size(self, path: Name) -> int:
        """How many bytes a file has (SIZE)."""
        return self._open().size(path)

    def modified(self, path: Name) -> datetime:
        """When a file was modified (MDTM)."""
        return self._open().modified(path)

    def facts(self, path: Name | None = None) -> Entry:
        """What the server knows of one file or directory (MLST)."""
        return self._open().facts(path)

    def working_directory(self) -> str:
        """The working directory (PWD)."""
        return self._open().working_directory()

    def features(self) -> tuple[str, ...]:
        """What the server can do beyond RFC 959 (FEAT)."""
        return self._open().features()

    def change_directory(self, path: Name) -> Reply:
        """Changes the working directory (CWD)."""
        return self._open().change_directory(path)

    def change_to_parent(self) -> Reply:
        """Changes to the directory above (CDUP)."""
        return self._open().change_to_parent()

    def make_directory(self, path: Name) -> Reply:
        """Makes a directory (MKD)."""
        return self._open().make_directory(path)

    def remove_directory(self, path: Name) -> Reply:
        """Removes an empty directory (RMD)."""
        return self._open().remove_directory(path)

    def delete(self, path: Name) -> Reply:
        """Deletes a file (DELE)."""
        return self._open().delete(path)

    def rename(self, path: Name, to: Name) -> Reply:
        """Renames a file or a directory (RNFR, RNTO)."""
        return self._open().rename(path, to)

    def system(self) -> Reply:
        """Which operating system the server says it is (SYST)."""
        return self._open().system()

    def noop(self) -> Reply:
        """Does nothing, and so finds out whether the server is there (NOOP)."""
        return self._open().noop()

    def command(self, line: Name) -> Reply:
        """Sends any command that needs no data connection and in which the client has no part."""
        return self._open().command(line)

    def clear_control(self) -> Reply:
        """Brings the control connection out of TLS (CCC)."""
        return self._open().clear_control()

    def abort(self) -> None:
        """Ends, from any thread, what the client is doing now: that call raises
        ``AbortedError``."""
        self._open().abort()

    def download(
        self,
        path: Name,
        local: str | os.PathLike[str],
        *,
        resume: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """Retrieves a file into one of this machine; only what is missing there with ``resume``.
        Gives its size. ``progress`` is called with the bytes that are there and with their final
        number, if that is known."""
        size, _ = self._open().download(path, local, resume, progress)
        return size

    def upload(
        self,
        local: str | os.PathLike[str],
        path: Name,
        *,
        resume: bool = False,
        progress: Progress | None = None,
    ) -> int:
        """Stores a file of this machine; only what the server lacks with ``resume``."""
        size, _ = self._open().upload(local, path, resume, progress)
        return size

    def retrieve(
        self,
        path: Name,
        file: IO[bytes],
        *,
        offset: int = 0,
        ascii: bool = False,
        progress: Progress | None = None,
    ) -> Transferred:
        """Retrieves a file, or what lies behind ``offset``, into an open file."""
        connection = self._open()
        connection.open_read(path, offset, ascii)
        done = offset
        try:
            while data := connection.read(_CHUNK):
                file.write(data)
                done += len(data)
                if progress is not None:
                    progress(done, None)
            transfer = connection.transfer()
        finally:
            connection.close_stream()
        assert transfer is not None, "its end was read"
        return transfer

    def store(
        self,
        path: Name | None,
        file: IO[bytes],
        *,
        at: int | None = None,
        append: bool = False,
        unique: bool = False,
        ascii: bool = False,
        progress: Progress | None = None,
    ) -> Transferred:
        """Stores what an open file gives: in place of what is there, ``at`` an offset, behind it
        (``append``), or under a name that the server makes (``unique``)."""
        connection = self._open()
        connection.open_write(path, at, append, unique, ascii)
        done = at or 0
        try:
            while data := file.read(_CHUNK):
                connection.write(bytes(data))
                done += len(data)
                if progress is not None:
                    progress(done, None)
            return connection.finish()
        finally:
            connection.close_stream()

    def entries(
        self,
        path: Name | None = None,
        *,
        kind: Literal["machine", "native", "names"] = "machine",
        fall_back: bool = True,
    ) -> Entries:
        """The entries of a directory, read while they come: by MLSD, or by LIST where the server
        has none. The iterator holds the client until it is used up or closed."""
        connection = self._open()
        connection.open_list(path, kind, fall_back)
        return Entries(connection)

    def list(self, path: Name | None = None) -> list[Entry]:
        """All entries of a directory at once."""
        return list(self.entries(path))

    @overload
    def open(
        self, path: Name, mode: Literal["rb"] = "rb", *, offset: int = 0, buffering: int = -1
    ) -> io.BufferedReader: ...
    @overload
    def open(
        self,
        path: Name,
        mode: Literal["wb", "ab", "r+b"],
        *,
        offset: int = 0,
        buffering: int = -1,
    ) -> io.BufferedWriter: ...
    def open(
        self,
        path: Name,
        mode: Literal["rb", "wb", "ab", "r+b"] = "rb",
        *,
        offset: int = 0,
        buffering: int = -1,
    ) -> io.BufferedReader | io.BufferedWriter:
        """Opens a file at the server: ``rb`` reads it from ``offset`` on, ``wb`` writes it anew,
        ``ab`` behind what is there, ``r+b`` over what is there from ``offset`` on. A file that was
        written is whole when ``close`` has returned; left by an exception it is aborted. Until it
        is closed the client does nothing else."""
        connection = self._open()
        size = _CHUNK if buffering < 0 else max(buffering, 1)
        if mode == "rb":
            connection.open_read(path, offset, False)
            return io.BufferedReader(_Raw(self, connection, is_reader=True), size)
        if mode not in ("wb", "ab", "r+b"):
            raise ValueError("a mode is 'rb', 'wb', 'ab' or 'r+b'")
        if offset and mode != "r+b":
            raise ValueError("only 'rb' and 'r+b' begin at an offset")
        connection.open_write(path, offset if mode == "r+b" else None, mode == "ab", False, False)
        return _Writer(_Raw(self, connection, is_reader=False), size)

    def _open(self) -> Connection:
        if self._connection is None:
            raise ValueError("this client is closed")
        return self._connection


class Entries:
    """The entries of a directory, read while they come. Used up or closed, it lets go of its
    client; left before its end, it ends the transfer.

    >>> import ftp_py, tempfile
    >>> with tempfile.TemporaryDirectory() as root, ftp_py.Server(root, anonymous="rw") as server:
    ...     with ftp_py.Client(*server.address) as client:
    ...         _ = client.make_directory("pub")
    ...         with client.entries() as entries:
    ...             next(entries).name
    'pub'
    """

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._some: Iterator[Entry] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Entry:
        while True:
            for entry in self._some:
                return entry
            if self._connection is None:
                raise StopIteration
            try:
                some = self._connection.entries(256)
            except BaseException:
                self.close()
                raise
            if not some:
                self.close()
            self._some = iter(some)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the client; the entries that are left are not read."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close_stream()


class _Raw(io.RawIOBase):
    """A file at the server, without a buffer."""

    def __init__(self, client: Client, connection: Connection, *, is_reader: bool) -> None:
        self._client: Client | None = client
        self._connection: Connection | None = connection
        self._is_reader = is_reader
        self.fails = False
        self.closes_client = False

    def readable(self) -> bool:
        return self._is_reader

    def writable(self) -> bool:
        return not self._is_reader

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self._transfer().read(len(view))
        view[: len(data)] = data
        return len(data)

    def write(self, data: ReadableBuffer, /) -> int:
        raw = bytes(data)
        self._transfer().write(raw)
        return len(raw)

    def close(self) -> None:
        if self.closed:
            return
        super().close()
        connection, self._connection = self._connection, None
        client, self._client = self._client, None
        if client is None or connection is None:
            return
        try:
            if not self._is_reader and not self.fails:
                connection.finish()
        finally:
            connection.close_stream()
            if self.closes_client:
                client.close()

    def _transfer(self) -> Connection:
        if self._connection is None:
            raise ValueError("this file is closed")
        return self._connection


class _Writer(io.BufferedWriter):
    def __init__(self, raw: _Raw, size: int) -> None:
        super().__init__(raw, size)
        self._file = raw

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            # What has come by now is not the file.
            self._file.fails = True
            self._file.close()
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        if not self.closed:
            warnings.warn(f"unclosed file {self._file!r}", ResourceWarning, source=self, stacklevel=2)
            self._file.fails = True
            self._file.close()


def open(url: str, mode: Literal["rb", "wb", "ab"] = "rb", **options: Any) -> IO[bytes]:
    """Opens the file that an address names, over a connection of its own, which closes with it.

    >>> import ftp_py, tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as root, ftp_py.Server(root, anonymous="rw") as server:
    ...     _ = Path(root, "motd").write_bytes(b"Hello.")
    ...     with ftp_py.open(server.url + "motd") as file:
    ...         file.read()
    b'Hello.'
    """
    path = urlsplit(url).path
    if not path.strip("/"):
        raise ValueError("the address names no file")
    name = unquote_to_bytes(path[1:])
    client = Client.from_url(url, **options)
    try:
        file: io.BufferedReader | io.BufferedWriter
        file = client.open(name) if mode == "rb" else client.open(name, mode)
    except BaseException:
        client.close()
        raise
    assert isinstance(file.raw, _Raw)
    file.raw.closes_client = True
    return file


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    tls = {"ftp": "off", "ftpes": "required", "ftps": "implicit"}.get(parts.scheme)
    if tls is None:
        raise ValueError("an address begins with ftp://, ftpes:// or ftps://")
    if not parts.hostname:
        raise ValueError("the address names no host")
    options: dict[str, Any] = {"host": parts.hostname, "port": parts.port, "tls": tls}
    if parts.username is not None:
        options["user"] = unquote_to_bytes(parts.username)
        options["password"] = unquote_to_bytes(parts.password or "")
    return options


def _log(who: str, line: str) -> None:
    _LOG.debug("%s: %s", who, line)


_CHUNK = 256 * 1024
