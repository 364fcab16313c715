"""The package's exceptions."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ftp_py._core import Reply


class FtpError(Exception):
    """What can go wrong in FTP; ``reply`` is what the server said, if it said anything.

    >>> import ftp_py
    >>> try:
    ...     raise ftp_py.PermanentReplyError("refused", ftp_py.Reply(550, "No such file."))
    ... except ftp_py.FtpError as error:
    ...     print(error.reply.code)
    550
    """

    reply: Reply | None

    def __init__(self, message: str = "", reply: Reply | None = None) -> None:
        super().__init__(message)
        self.reply = reply

    def __reduce__(self) -> tuple[type[FtpError], tuple[str, Reply | None]]:
        return type(self), (str(self), self.reply)


class ProtocolError(FtpError):
    """One of the two sides did what the protocol does not allow.

    >>> import ftp_py
    >>> issubclass(ftp_py.RemoteProtocolError, ftp_py.ProtocolError)
    True
    """


class LocalProtocolError(ProtocolError):
    """This side did: a call that makes no sense now. Nothing was sent.

    >>> import ftp_py
    >>> session = ftp_py.ServerSession(
    ...     local=("192.0.2.1", 21), peer=("192.0.2.7", 40000), now=0.0)
    >>> session.deny(7)
    Traceback (most recent call last):
        ...
    ftp_py.LocalProtocolError: no such question was asked
    """


class RemoteProtocolError(ProtocolError):
    """The other side did, or went away in the middle. The session is over.

    >>> import ftp_py
    >>> ftp_py.parse_reply(b"hello")
    Traceback (most recent call last):
        ...
    ftp_py.RemoteProtocolError: the reply is not whole
    """


class ReplyError(FtpError):
    """The server said no.

    >>> import ftp_py
    >>> issubclass(ftp_py.TemporaryReplyError, ftp_py.ReplyError)
    True
    """


class TemporaryReplyError(ReplyError):
    """4yz: the same may succeed later.

    >>> import ftp_py
    >>> ftp_py.TemporaryReplyError("busy", ftp_py.Reply(450, "Busy.")).reply
    Reply(450, 'Busy.')
    """


class PermanentReplyError(ReplyError):
    """5yz: the same will fail again.

    >>> import ftp_py
    >>> ftp_py.PermanentReplyError("refused", ftp_py.Reply(550, "No.")).reply
    Reply(550, 'No.')
    """


class DataError(FtpError):
    """The transfer failed on its data connection, or on this side's file.

    >>> import ftp_py
    >>> issubclass(ftp_py.TruncatedError, ftp_py.DataError)
    True
    """


class DataConnectionError(DataError):
    """No data connection could be opened.

    >>> import ftp_py
    >>> issubclass(ftp_py.DataConnectionError, ftp_py.DataError)
    True
    """


class TruncatedError(DataError):
    """Less came than the whole file, or nobody can tell.

    >>> import ftp_py
    >>> issubclass(ftp_py.TruncatedError, ftp_py.FtpError)
    True
    """


class AbortedError(DataError):
    """The program ended the operation early.

    >>> import ftp_py
    >>> issubclass(ftp_py.AbortedError, ftp_py.DataError)
    True
    """


class TimeoutError(FtpError, builtins.TimeoutError):
    """The server was silent too long.

    >>> import builtins, ftp_py
    >>> issubclass(ftp_py.TimeoutError, builtins.TimeoutError)
    True
    """


for _error in list(vars().values()):
    if isinstance(_error, type) and issubclass(_error, FtpError):
        _error.__module__ = "ftp_py"
