"""A server for tests and scripts."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Literal, Protocol
from urllib.parse import quote

from ftp_py._core import RunningServer

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from ftp_py._core import Entry
    from ftp_py._outputs import Event
    from ftp_py._types import Name, TlsRequired


class Storage(Protocol):
    """What a ``Server`` serves, written in Python. Paths are absolute; methods run on the server's
    own threads, several at once. They say no by raising: ``FileNotFoundError``,
    ``PermissionError``, ``FileExistsError``, ``IsADirectoryError``, ``NotADirectoryError``,
    ``NotImplementedError``, another ``OSError`` with its number, ``ValueError`` for a name that
    cannot be. What else they raise is logged under ``ftp_py``.

    A file is anything with ``read`` or ``write`` and with ``close``; if it has ``discard``, that is
    called in place of ``close`` when an upload was cut short.

    >>> import ftp_py, io
    >>> class Hello:
    ...     def entry(self, path):
    ...         if path == "/":
    ...             return ftp_py.Entry("", kind="directory")
    ...         return ftp_py.Entry("", kind="file", size=6)
    ...     def entries(self, path):
    ...         yield ftp_py.Entry("hello", kind="file", size=6)
    ...     def open(self, path, mode, offset):
    ...         if mode != "rb":
    ...             raise PermissionError
    ...         return io.BytesIO(b"Hello."[offset:])
    >>> with ftp_py.Server(storage=Hello(), anonymous="ro") as server:
    ...     with ftp_py.Client(*server.address) as client:
    ...         [entry.name for entry in client.entries()]
    ...         client.open("hello").read()
    ['hello']
    b'Hello.'
    """

    def entry(self, path: str) -> Entry:
        """What is at this path."""
        ...

    def entries(self, path: str) -> Iterable[Entry]:
        """What is in this directory."""
        ...

    def open(self, path: str, mode: Literal["rb", "wb", "ab", "r+b"], offset: int) -> IO[bytes]:
        """Opens a file, at an offset with ``rb`` and ``r+b``."""
        ...

    def delete(self, path: str) -> object:
        """Deletes a file."""
        raise NotImplementedError

    def make_directory(self, path: str) -> object:
        """Makes a directory."""
        raise NotImplementedError

    def remove_directory(self, path: str) -> object:
        """Removes an empty directory."""
        raise NotImplementedError

    def rename(self, path: str, to: str) -> object:
        """Renames what is at ``path``."""
        raise NotImplementedError

    def set_modified(self, path: str, modified: datetime) -> object:
        """Sets when a file was modified, in UTC."""
        raise NotImplementedError


class Server:
    """A server that serves a directory, or a ``Storage``, on its own threads while it is entered.

    ``users`` are names and passwords, whose users may read and write; or names, and a tuple of the
    password, permissions (``rw``, ``ro``, or some of ``list,read,write,delete,rename,make``) and
    perhaps the directory that is the user's whole world. ``anonymous`` are the permissions of who
    has no account. With ``tls`` the server makes a certificate unless ``certificate`` names files.
    Events come from ``events``, or are given to ``on_event`` on a thread of the server.

    >>> import ftp_py, tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     with ftp_py.Server(root, users={"ada": "secret"}) as server:
    ...         with ftp_py.Client.from_url(server.url) as client:
    ...             client.working_directory()
    '/'
    """

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        *,
        storage: object | None = None,
        users: Mapping[str, str | tuple[str, str] | tuple[str, str, Name]] | None = None,
        anonymous: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Literal["off", "explicit", "implicit"] = "off",
        certificate: tuple[str | os.PathLike[str], str | os.PathLike[str]] | None = None,
        require_tls: TlsRequired = "nothing",
        passive_ports: tuple[int, int] | None = None,
        banner: Name | None = None,
        timeouts: dict[str, float | None] | None = None,
        limits: dict[str, int] | None = None,
        dialogue: bool = False,
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        self._running: RunningServer | None = None
        self._teller: threading.Thread | None = None
        self._on_event = on_event
        # What starts it does not refer to it, so that one left running is found at once.
        told = [_user(name, given) for name, given in (users or {}).items()]
        self._users = told
        self._tls = tls
        self._host = host
        self._start: Callable[[], RunningServer] = lambda: RunningServer(
            root,
            storage,
            told,
            anonymous,
            host=host,
            port=port,
            tls=tls,
            certificate=certificate,
            require_tls=require_tls,
            passive_ports=passive_ports,
            banner=banner,
            timeouts=timeouts,
            limits=limits,
            dialogue=dialogue,
        )

    def start(self) -> Self:
        """Listens; entering does the same."""
        if self._running is not None:
            raise ValueError("this server runs already")
        self._running = running = self._start()
        if self._on_event is not None:
            self._teller = threading.Thread(
                target=_tell, args=(running, self._on_event), name="ftp_py-events", daemon=True
            )
            self._teller.start()
        return self

    def stop(self, *, now: bool = True) -> None:
        """Ends the server: at once, or when the sessions that there are have ended."""
        running, self._running = self._running, None
        if running is not None:
            running.stop(now)
        teller, self._teller = self._teller, None
        if teller is not None and teller is not threading.current_thread():
            teller.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __del__(self) -> None:
        if getattr(self, "_running", None) is not None:
            warnings.warn(f"running {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.stop()

    def __repr__(self) -> str:
        state = "stopped" if self._running is None else f"at {self.address[0]}:{self.address[1]}"
        return f"<ftp_py.Server, {state}>"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the control connection."""
        at = self._now().addresses[0]
        return at[0], at[1]

    @property
    def port(self) -> int:
        """The port of the control connection."""
        return self.address[1]

    @property
    def url(self) -> str:
        """Where it is, with the first user's login; ``ftpes://`` and ``ftps://`` under TLS."""
        scheme = {"off": "ftp", "explicit": "ftpes", "implicit": "ftps"}[self._tls]
        host, port = self.address
        host = f"[{host}]" if ":" in host else host
        login = ""
        for name, password, *_ in self._users:
            login = f"{quote(name, safe='')}:{quote(password, safe='')}@"
            break
        return f"{scheme}://{login}{host}:{port}/"

    @property
    def fingerprint(self) -> str | None:
        """The SHA-256 of its certificate, for ``Client(pin=...)``."""
        certificate = self._now().certificate
        return certificate[0] if certificate else None

    @property
    def certificate_pem(self) -> str | None:
        """The certificate that it made, in PEM, for ``Client(ca_pem=...)`` and for others."""
        certificate = self._now().certificate
        return certificate[1] or None if certificate else None

    def events(self, timeout: float | None = None) -> Iterator[Event]:
        """What happens, as it happens: until the server ends, or nothing has come for ``timeout``
        seconds. The latest 65,536 wait for who asks."""
        running = self._now()
        while True:
            try:
                event = running.next_event(timeout)
            except StopIteration:
                return
            if event is None:
                return
            yield event

    def _now(self) -> RunningServer:
        if self._running is None:
            raise ValueError("this server does not run")
        return self._running


def _user(
    name: str, given: str | tuple[str, str] | tuple[str, str, Name]
) -> tuple[str, str, str, Name | None]:
    if isinstance(given, str):
        return name, given, "rw", None
    password, permissions, *home = given
    return name, password, permissions, home[0] if home else None


def _tell(running: RunningServer, on_event: Callable[[Event], object]) -> None:
    while True:
        try:
            event = running.next_event(None)
        except StopIteration:
            return
        if event is not None:
            on_event(event)
