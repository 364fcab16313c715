"""Retrieves one file with a session, sockets and ``selectors``: no thread, no framework.

    python selectors_client.py HOST PORT USER PASSWORD PATH > FILE
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections.abc import Callable

import ftp_py


class Retrieval:
    """A control connection, and a data connection while there is one."""

    def __init__(self, host: str, port: int, sink: Callable[[bytes], object]) -> None:
        self.control = socket.create_connection((host, port))
        self.control.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.control, selectors.EVENT_READ, self.read_control)
        self.session = ftp_py.ClientSession(
            local=self.control.getsockname(),
            peer=self.control.getpeername(),
            now=time.monotonic(),
        )
        self.sink = sink
        self.data: socket.socket | None = None
        self.data_id = 0
        self.received = 0
        self.codec: ftp_py.Codec | None = None

    def run(self) -> list[ftp_py.Done]:
        """Does what the session says until it is over; the ends of what was asked for."""
        done: list[ftp_py.Done] = []
        try:
            while True:
                match self.session.next_event(time.monotonic()):
                    case ftp_py.NeedSend():
                        self.control.sendall(self.session.data_to_send())
                    case ftp_py.NeedData(_, _, deadline):
                        self.wait(deadline)
                    case ftp_py.ConnectData(id, _, _, to):
                        self.connect(id, to)
                    case ftp_py.MoveData(codec=codec):
                        self.codec = codec
                        assert self.data is not None
                        self.selector.register(self.data, selectors.EVENT_READ, self.read_data)
                    case ftp_py.CloseData():
                        self.close_data()
                    case ftp_py.Done() as end:
                        done.append(end)
                    case ftp_py.Close():
                        return done
        finally:
            self.close_data()
            self.selector.close()
            self.control.close()

    def wait(self, deadline: float | None) -> None:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        for key, _ in self.selector.select(timeout):
            key.data()

    def read_control(self) -> None:
        # No more than the session takes; b"" is the end.
        if room := self.session.wait().read:
            self.session.receive_data(self.control.recv(room), time.monotonic())

    def connect(self, id: int, to: ftp_py.Address) -> None:
        family = socket.AF_INET6 if ":" in to[0] else socket.AF_INET
        self.data = socket.socket(family, socket.SOCK_STREAM)
        self.data.setblocking(False)
        self.data_id, self.received = id, 0
        self.data.connect_ex(to)
        self.selector.register(self.data, selectors.EVENT_WRITE, self.connected)

    def connected(self) -> None:
        assert self.data is not None
        if self.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.session.handle_data_failed(self.data_id, "refused")
            return
        # Until the server agrees, nothing is read.
        self.selector.unregister(self.data)
        self.session.handle_data_connected(self.data_id)

    def read_data(self) -> None:
        assert self.data is not None and self.codec is not None
        try:
            data = self.data.recv(65536)
        except OSError:
            self.session.handle_data_ended(self.data_id, self.received, "reset")
            return
        self.received += len(data)
        self.sink(self.codec.convert(data, last=not data))
        if data:
            self.session.handle_data_progress(self.data_id, self.received)
        else:
            self.selector.unregister(self.data)
            self.session.handle_data_ended(self.data_id, self.received)

    def close_data(self) -> None:
        data, self.data = self.data, None
        if data is not None:
            if data in self.selector.get_map():
                self.selector.unregister(data)
            data.close()


def retrieve(
    host: str, port: int, user: str, password: str, path: str, sink: Callable[[bytes], object]
) -> ftp_py.Transferred:
    """Retrieves a file, and gives its bytes to ``sink``."""
    retrieval = Retrieval(host, port, sink)
    retrieval.session.login(user, password)
    op = retrieval.session.retrieve(path)
    retrieval.session.quit()
    for done in retrieval.run():
        if done.error is not None:
            raise done.error
        if done.op == op and isinstance(done.result, ftp_py.Transferred):
            return done.result
    raise AssertionError("the session tells an end of each operation")


if __name__ == "__main__":
    host, port, user, password, path = sys.argv[1:]
    retrieve(host, int(port), user, password, path, sys.stdout.buffer.write)
