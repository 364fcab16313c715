"""What sessions say: one frozen class for each output, to be matched by."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from ftp_py._core import Codec, Reply
    from ftp_py._types import Address, Mode


@dataclass(frozen=True, slots=True)
class NeedData:
    """Nothing more for now: wait for input, for an answer, or for ``deadline``.

    Read at most ``read`` bytes, none if it is 0; write, if ``write`` says that bytes are left; and
    call ``next_event`` again at ``deadline``, in seconds of the clock that the session is told.

    >>> import ftp_py
    >>> match ftp_py.NeedData(8194, False, 60.0):
    ...     case ftp_py.NeedData(read, _, deadline):
    ...         print(read, deadline)
    8194 60.0
    """

    read: int
    write: bool
    deadline: float | None


@dataclass(frozen=True, slots=True)
class NeedSend:
    """Write what ``data_to_send`` gives; the last byte as urgent data if ``urgent``.

    >>> import ftp_py
    >>> ftp_py.NeedSend(False).urgent
    False
    """

    urgent: bool


@dataclass(frozen=True, slots=True)
class ConnectData:
    """Open the data connection by connecting; then ``handle_data_connected`` or
    ``handle_data_failed``.

    >>> import ftp_py
    >>> ftp_py.ConnectData(1, "passive", None, ("192.0.2.1", 50000)).to
    ('192.0.2.1', 50000)
    """

    id: int
    mode: Mode
    local: Address | None
    to: Address


@dataclass(frozen=True, slots=True)
class ListenData:
    """Listen at ``local``, at any port; then ``handle_data_listening`` with the address that
    the peer must be told, or ``handle_data_failed``. ``peer`` is the only host that will be kept.

    >>> import ftp_py
    >>> ftp_py.ListenData(1, "active", ("192.0.2.7", 0), None).id
    1
    """

    id: int
    mode: Mode
    local: Address
    peer: str | None


@dataclass(frozen=True, slots=True)
class AcceptData:
    """The connection is wanted now: ask ``handle_data_accepted`` about each that comes, until
    it says yes.

    >>> import ftp_py
    >>> ftp_py.AcceptData(1)
    AcceptData(id=1)
    """

    id: int


@dataclass(frozen=True, slots=True)
class MoveData:
    """Move the bytes between the data connection and what ``op`` names, through ``codec``;
    under TLS if ``private``. Then ``handle_data_ended``.

    >>> import ftp_py
    >>> codec = ftp_py.Codec("send", "image")
    >>> ftp_py.MoveData(1, 1, "send", False, codec).codec.is_passthrough
    True
    """

    id: int
    op: int
    direction: Literal["send", "receive"]
    private: bool
    codec: Codec


@dataclass(frozen=True, slots=True)
class CloseData:
    """The last word on this data connection. ``reset``: so that the peer does not take what it
    has for the whole file.

    >>> import ftp_py
    >>> ftp_py.CloseData(1, reset=True)
    CloseData(id=1, reset=True)
    """

    id: int
    reset: bool


@dataclass(frozen=True, slots=True)
class StartTls:
    """Begin TLS on the control connection; then ``handle_tls_established`` or
    ``handle_tls_failed``.

    >>> import ftp_py
    >>> ftp_py.StartTls()
    StartTls()
    """


@dataclass(frozen=True, slots=True)
class StopTls:
    """End TLS on the control connection and go on in clear; then ``handle_tls_stopped`` or
    ``handle_tls_failed``.

    >>> import ftp_py
    >>> ftp_py.StopTls()
    StopTls()
    """


@dataclass(frozen=True, slots=True)
class Close:
    """Close the control connection. Nothing follows.

    >>> import ftp_py
    >>> ftp_py.Close() == ftp_py.Close()
    True
    """


@dataclass(frozen=True, slots=True)
class Greeting:
    """The server greeted.

    >>> import ftp_py
    >>> ftp_py.Greeting(ftp_py.Reply(220, "Ready.")).reply.text
    'Ready.'
    """

    reply: Reply


@dataclass(frozen=True, slots=True)
class Secured:
    """The control connection is under TLS.

    >>> import ftp_py
    >>> ftp_py.Secured(False).resumed
    False
    """

    resumed: bool


@dataclass(frozen=True, slots=True)
class NotSecured:
    """The server refused TLS, and the session goes on in clear.

    >>> import ftp_py
    >>> ftp_py.NotSecured(ftp_py.Reply(502)).reply.code
    502
    """

    reply: Reply


@dataclass(frozen=True, slots=True)
class Started:
    """A transfer has begun: the server's 1yz reply.

    >>> import ftp_py
    >>> ftp_py.Started(1, ftp_py.Reply(150)).reply.kind
    'preliminary'
    """

    op: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class Marker:
    """A transfer in MODE B or C can be taken up again here: the server's name for the place, and how
    many bytes the local file has up to there.

    >>> import ftp_py
    >>> ftp_py.Marker(1, "1024", 1024).position
    1024
    """

    op: int
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Done:
    """An operation has ended, with what it gave or with an error.

    >>> import ftp_py
    >>> match ftp_py.Done(1, 1234, None):
    ...     case ftp_py.Done(1, size, None):
    ...         print(size)
    1234
    """

    op: int
    result: object
    error: Exception | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A command went out, its secrets as ``****``; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.Sent("PASS ****").line
    'PASS ****'
    """

    line: str


@dataclass(frozen=True, slots=True)
class Received:
    """A reply came in; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.Received(ftp_py.Reply(230)).reply.code
    230
    """

    reply: Reply


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer is whole: so many bytes, the final reply, the command that opened the data
    connection, the form of a listing, the name that STOU made.

    >>> import ftp_py
    >>> ftp_py.Transferred(7, ftp_py.Reply(226), "EPSV", None, None).bytes
    7
    """

    bytes: int
    reply: Reply
    way: Literal["EPSV", "PASV", "EPRT", "PORT"] | None
    listing: Literal["machine", "native", "names"] | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Are these credentials good? ``grant`` or ``deny``. The password is not shown.

    >>> import ftp_py
    >>> ftp_py.Authenticate(1, "ada", "secret", None)
    Authenticate(op=1, user='ada', certificate=None)
    """

    op: int
    user: str
    password: str = field(repr=False)
    certificate: bytes | None


@dataclass(frozen=True, slots=True)
class Identify:
    """Does this certificate stand for the user without a password? ``grant`` or ``deny``.

    >>> import ftp_py
    >>> ftp_py.Identify(1, "ada", b"").user
    'ada'
    """

    op: int
    user: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is at this path? ``answer`` with an ``Entry``.

    >>> import ftp_py
    >>> ftp_py.Metadata(1, "/motd").path
    '/motd'
    """

    op: int
    path: str


@dataclass(frozen=True, slots=True)
class OpenRead:
    """Open a file for reading from ``offset`` on.

    >>> import ftp_py
    >>> ftp_py.OpenRead(1, "/motd", 0).offset
    0
    """

    op: int
    path: str
    offset: int


@dataclass(frozen=True, slots=True)
class OpenWrite:
    """Open a file for writing: a ``whole`` new one, ``at`` an offset, to ``append``, or under a
    ``unique`` name.

    >>> import ftp_py
    >>> ftp_py.OpenWrite(1, "/motd", "whole", 0).place
    'whole'
    """

    op: int
    path: str
    place: Literal["whole", "at", "append", "unique"]
    offset: int


@dataclass(frozen=True, slots=True)
class OpenList:
    """Open the listing of a directory, to be written as ``unix`` lines, as ``names`` or with
    ``machine`` facts; ``all``: names that begin with a dot too.

    >>> import ftp_py
    >>> ftp_py.OpenList(1, "/", "machine", True).style
    'machine'
    """

    op: int
    path: str
    style: Literal["unix", "names", "machine"]
    all: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """The data of the open upload has ended: all of it has come if ``whole``.

    >>> import ftp_py
    >>> ftp_py.Finish(1, True).whole
    True
    """

    op: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete a file.

    >>> import ftp_py
    >>> ftp_py.Delete(1, "/pub").path
    '/pub'
    """

    op: int
    path: str


@dataclass(frozen=True, slots=True)
class RemoveDirectory:
    """Remove an empty directory.

    >>> import ftp_py
    >>> ftp_py.RemoveDirectory(1, "/pub").path
    '/pub'
    """

    op: int
    path: str


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """Make a directory.

    >>> import ftp_py
    >>> ftp_py.MakeDirectory(1, "/pub").path
    '/pub'
    """

    op: int
    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    """Rename what is at ``path`` to ``to``.

    >>> import ftp_py
    >>> ftp_py.Rename(1, "/a", "/b").to
    '/b'
    """

    op: int
    path: str
    to: str


@dataclass(frozen=True, slots=True)
class SetModified:
    """Set the time of modification.

    >>> import ftp_py
    >>> ftp_py.SetModified(1, "/a", ftp_py.parse_time("20261122120000")).modified.year
    2026
    """

    op: int
    path: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody waits any more for what this question brings.

    >>> import ftp_py
    >>> ftp_py.Cancel(1).op
    1
    """

    op: int


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A user has logged in.

    >>> import ftp_py
    >>> ftp_py.LoggedIn("ada").user
    'ada'
    """

    user: str


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """A login was refused.

    >>> import ftp_py
    >>> ftp_py.LoginRefused("ada").user
    'ada'
    """

    user: str


@dataclass(frozen=True, slots=True)
class TransferStarted:
    """The data connection of a transfer is open.

    >>> import ftp_py
    >>> ftp_py.TransferStarted(1, "retrieve", "/motd", "passive").path
    '/motd'
    """

    op: int
    kind: Literal["retrieve", "store", "append", "unique", "list"]
    path: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class UploadUnconfirmed:
    """An upload ended without TLS's close_notify and counts as whole all the same.

    >>> import ftp_py
    >>> ftp_py.UploadUnconfirmed(1).op
    1
    """

    op: int


@dataclass(frozen=True, slots=True)
class TransferEnded:
    """A transfer that had started has ended; ``complete`` if it is whole.

    >>> import ftp_py
    >>> ftp_py.TransferEnded(1, 7, "complete").bytes
    7
    """

    op: int
    bytes: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command came, its secrets as ``****``; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.Command("NOOP").line
    'NOOP'
    """

    line: str


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply is being sent; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.Replied("200 OK.").text
    '200 OK.'
    """

    text: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The session is over, and this is why. ``Close`` follows.

    >>> import ftp_py
    >>> ftp_py.Closed("quit").reason
    'quit'
    """

    reason: str


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A client has connected to a ``Server``.

    >>> import ftp_py
    >>> ftp_py.SessionStarted(1, ("127.0.0.1", 40000)).session
    1
    """

    session: int
    peer: Address


@dataclass(frozen=True, slots=True)
class SessionSecured:
    """A session's control connection is under TLS.

    >>> import ftp_py
    >>> ftp_py.SessionSecured(1).session
    1
    """

    session: int


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A session is over, and this is why.

    >>> import ftp_py
    >>> ftp_py.SessionEnded(1, "quit").reason
    'quit'
    """

    session: int
    reason: str


@dataclass(frozen=True, slots=True)
class UserLoggedIn:
    """A user has logged in to a ``Server``.

    >>> import ftp_py
    >>> ftp_py.UserLoggedIn(1, "ada").user
    'ada'
    """

    session: int
    user: str


@dataclass(frozen=True, slots=True)
class UserRefused:
    """A login to a ``Server`` was refused.

    >>> import ftp_py
    >>> ftp_py.UserRefused(1, "eve").user
    'eve'
    """

    session: int
    user: str


@dataclass(frozen=True, slots=True)
class FileStarted:
    """A transfer of a ``Server`` has begun.

    >>> import ftp_py
    >>> ftp_py.FileStarted(1, "retrieve", "/motd", "passive").path
    '/motd'
    """

    session: int
    kind: Literal["retrieve", "store", "append", "unique", "list"]
    path: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class FileEnded:
    """A transfer of a ``Server`` has ended; ``complete`` if it is whole.

    >>> import ftp_py
    >>> ftp_py.FileEnded(1, 7, "complete").bytes
    7
    """

    session: int
    bytes: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CommandCame:
    """A command came to a ``Server``, its secrets as ``****``; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.CommandCame(1, "NOOP").line
    'NOOP'
    """

    session: int
    line: str


@dataclass(frozen=True, slots=True)
class ReplySent:
    """A reply of a ``Server``; when the dialogue is shown.

    >>> import ftp_py
    >>> ftp_py.ReplySent(1, "200 OK.").text
    '200 OK.'
    """

    session: int
    text: str


Output: TypeAlias = (
    NeedData
    | NeedSend
    | ConnectData
    | ListenData
    | AcceptData
    | MoveData
    | CloseData
    | StartTls
    | StopTls
    | Close
)

ClientOutput: TypeAlias = (
    Output
    | Greeting
    | Secured
    | NotSecured
    | Started
    | Marker
    | Done
    | Sent
    | Received
)

ServerOutput: TypeAlias = (
    Output
    | Authenticate
    | Identify
    | Metadata
    | OpenRead
    | OpenWrite
    | OpenList
    | Finish
    | Delete
    | RemoveDirectory
    | MakeDirectory
    | Rename
    | SetModified
    | Cancel
    | LoggedIn
    | LoginRefused
    | TransferStarted
    | UploadUnconfirmed
    | TransferEnded
    | Command
    | Replied
    | Closed
)

Event: TypeAlias = (
    SessionStarted
    | SessionSecured
    | SessionEnded
    | UserLoggedIn
    | UserRefused
    | FileStarted
    | FileEnded
    | CommandCame
    | ReplySent
)


def storage_failed(error: BaseException) -> None:
    """Logs what a storage raised that no reply has a word for."""
    logging.getLogger("ftp_py").error("the storage failed", exc_info=error)


for _class in list(vars().values()):
    if isinstance(_class, type) and _class.__module__ == __name__:
        _class.__module__ = "ftp_py"
