"""Stores one file with a session and trio: cancellation at any ``await``.

    python trio_client.py HOST PORT USER PASSWORD PATH < FILE
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import trio

import ftp_py


class Upload:
    """One file on its way to a server."""

    def __init__(self, control: trio.SocketStream, source: Iterable[bytes]) -> None:
        self.control = control
        self.source = source
        self.session = ftp_py.ClientSession(
            local=control.socket.getsockname(),
            peer=control.socket.getpeername(),
            now=trio.current_time(),
        )
        self.data: trio.SocketStream | None = None
        self.moving = trio.CancelScope()
        # What answers the session from beside the loop wakes it.
        self.wake = trio.Event()

    async def run(self) -> list[ftp_py.Done]:
        """Does what the session says until it is over; the ends of what was asked for."""
        done: list[ftp_py.Done] = []
        async with trio.open_nursery() as nursery:
            while True:
                match self.session.next_event(trio.current_time()):
                    case ftp_py.NeedSend():
                        await self.control.send_all(self.session.data_to_send())
                    case ftp_py.NeedData(room, _, deadline):
                        await self.wait(room, deadline)
                    case ftp_py.ConnectData(id, _, _, to):
                        nursery.start_soon(self.connect, id, to)
                    case ftp_py.MoveData(id, _, _, _, codec):
                        nursery.start_soon(self.move, id, codec)
                    case ftp_py.CloseData():
                        self.moving.cancel()
                        if self.data is not None:
                            await trio.aclose_forcefully(self.data)
                    case ftp_py.Done() as end:
                        done.append(end)
                    case ftp_py.Close():
                        nursery.cancel_scope.cancel()
                        return done
        return done

    async def wait(self, room: int, deadline: float | None) -> None:
        """Waits for the server, for an answer from beside the loop, or for the deadline."""
        async with trio.open_nursery() as waiting:
            waiting.cancel_scope.deadline = float("inf") if deadline is None else deadline

            async def read() -> None:
                # What is received is given to the session before anything can be cancelled.
                self.session.receive_data(await self.control.receive_some(room))
                waiting.cancel_scope.cancel()

            async def woken() -> None:
                await self.wake.wait()
                waiting.cancel_scope.cancel()

            if room:
                waiting.start_soon(read)
            waiting.start_soon(woken)
        self.wake = trio.Event()

    async def connect(self, id: int, to: ftp_py.Address) -> None:
        try:
            self.data = await trio.open_tcp_stream(to[0], to[1])
            self.session.handle_data_connected(id)
        except OSError:
            self.session.handle_data_failed(id, "refused")
        self.wake.set()

    async def move(self, id: int, codec: ftp_py.Codec) -> None:
        assert self.data is not None
        sent = 0
        with trio.CancelScope() as self.moving:
            try:
                for piece in self.source:
                    converted = codec.convert(piece)
                    await self.data.send_all(converted)
                    sent += len(converted)
                    self.session.handle_data_progress(id, sent)
                rest = codec.convert(b"", last=True)
                await self.data.send_all(rest)
                await self.data.send_eof()
                self.session.handle_data_ended(id, sent + len(rest))
            except trio.BrokenResourceError:
                self.session.handle_data_ended(id, sent, "reset")
        self.wake.set()


async def store(
    host: str, port: int, user: str, password: str, path: str, source: Iterable[bytes]
) -> ftp_py.Transferred:
    """Stores what ``source`` gives."""
    async with await trio.open_tcp_stream(host, port) as control:
        upload = Upload(control, source)
        upload.session.login(user, password)
        op = upload.session.store(path)
        upload.session.quit()
        for done in await upload.run():
            if done.error is not None:
                raise done.error
            if done.op == op and isinstance(done.result, ftp_py.Transferred):
                return done.result
    raise AssertionError("the session tells an end of each operation")


if __name__ == "__main__":
    host, port, user, password, path = sys.argv[1:]
    pieces = iter(lambda: sys.stdin.buffer.read(65536), b"")
    trio.run(store, host, int(port), user, password, path, pieces)
