"""Lists a directory with a session and Twisted.

    python twisted_client.py HOST PORT USER PASSWORD [PATH]
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet import endpoints
from twisted.internet import reactor as installed
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

import ftp_py

# Twisted tells the types of these by zope's interfaces, which checkers of types do not read.
reactor: Any = installed
connect: Any = getattr(endpoints, "connectProtocol")


class Data(Protocol):
    """The data connection of a listing."""

    transport: Any

    def __init__(self, lister: Lister, id: int) -> None:
        self.lister = lister
        self.id = id
        self.content = b""

    def connectionMade(self) -> None:
        # Nothing is read before the server has agreed.
        self.transport.pauseProducing()
        self.lister.data = self
        self.lister.session.handle_data_connected(self.id)
        self.lister.step()

    def dataReceived(self, data: bytes) -> None:
        self.content += data
        self.lister.session.handle_data_progress(self.id, len(self.content))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lister.session.handle_data_ended(self.id, len(self.content))
        self.lister.step()


class Lister(Protocol):
    """The control connection."""

    transport: Any
    session: ftp_py.ClientSession

    def __init__(self, user: str, password: str, path: str | None) -> None:
        self.login = (user, password)
        self.path = path
        self.data: Data | None = None
        self.listed: Deferred[list[ftp_py.Entry]] = Deferred()
        self.alarm: Any = None
        self.entries: list[ftp_py.Entry] = []
        self.error: Exception | None = None

    def connectionMade(self) -> None:
        here, there = self.transport.getHost(), self.transport.getPeer()
        self.session = ftp_py.ClientSession(
            local=(here.host, here.port), peer=(there.host, there.port), now=reactor.seconds()
        )
        self.session.login(*self.login)
        self.session.list(self.path)
        self.session.quit()
        self.step()

    def dataReceived(self, data: bytes) -> None:
        self.session.receive_data(data)
        self.step()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.session.receive_data(b"")
        self.step()

    def step(self) -> None:
        """Does what the session says until there is nothing but to wait."""
        if self.alarm is not None and self.alarm.active():
            self.alarm.cancel()
        while not self.listed.called:
            try:
                event = self.session.next_event(reactor.seconds())
            except ftp_py.FtpError as error:
                self.transport.abortConnection()
                self.listed.errback(error)
                return
            match event:
                case ftp_py.NeedSend():
                    self.transport.write(self.session.data_to_send())
                case ftp_py.NeedData(_, _, deadline):
                    if deadline is not None:
                        left = max(0.0, deadline - reactor.seconds())
                        self.alarm = reactor.callLater(left, self.step)
                    return
                case ftp_py.ConnectData(id, _, _, to):
                    endpoint = TCP4ClientEndpoint(reactor, to[0], to[1])
                    connect(endpoint, Data(self, id)).addErrback(self.not_connected, id)
                case ftp_py.MoveData() if self.data is not None:
                    self.data.transport.resumeProducing()
                case ftp_py.CloseData() if self.data is not None:
                    self.data.transport.loseConnection()
                case ftp_py.Done(_, ftp_py.Transferred(listing=form), None):
                    assert self.data is not None
                    self.entries = ftp_py.parse_listing(
                        self.data.content, shape="machine" if form == "machine" else "lines"
                    )
                case ftp_py.Done(_, _, Exception() as failed):
                    self.error = self.error or failed
                case ftp_py.Close():
                    self.transport.loseConnection()
                    if self.error is not None:
                        self.listed.errback(self.error)
                    else:
                        self.listed.callback(self.entries)

    def not_connected(self, failure: Failure, id: int) -> None:
        self.session.handle_data_failed(id, "refused")
        self.step()


def entries(
    host: str, port: int, user: str, password: str, path: str | None = None
) -> Deferred[list[ftp_py.Entry]]:
    """The entries of a directory."""
    lister = Lister(user, password, path)
    connect(TCP4ClientEndpoint(reactor, host, port), lister).addErrback(lister.listed.errback)
    return lister.listed


def end(found: Any) -> None:
    print(found if isinstance(found, Failure) else "\n".join(entry.name for entry in found))
    reactor.stop()


if __name__ == "__main__":
    host, port, *rest = sys.argv[1:]
    listing: Any = entries(host, int(port), *rest)
    listing.addBoth(end)
    reactor.run()
