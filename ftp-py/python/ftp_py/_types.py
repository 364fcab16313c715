"""Names of types: words and paths that calls take."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Literal, TypeAlias

# Of a Literal for each word, since a check of stubs takes one of several for something else.

# str by UTF-8 with surrogateescape, or the bytes themselves.
Name: TypeAlias = str | bytes | bytearray | PathLike[str] | PathLike[bytes]
Kind: TypeAlias = (
    Literal["file"]
    | Literal["directory"]
    | Literal["current"]
    | Literal["parent"]
    | Literal["link"]
    | Literal["other"]
    | Literal["unknown"]
)
Shape: TypeAlias = (
    Literal["lines"]
    | Literal["machine"]
    | Literal["names"]
)
Data: TypeAlias = (
    Literal["passive"]
    | Literal["active"]
    | Literal["auto"]
    | Literal["epsv"]
    | Literal["pasv"]
    | Literal["eprt"]
    | Literal["port"]
)
PassiveHost: TypeAlias = (
    Literal["peer"]
    | Literal["peer-if-private"]
    | Literal["trust"]
)
Pipelining: TypeAlias = (
    Literal["off"]
    | Literal["within"]
)
Tls: TypeAlias = (
    Literal["off"]
    | Literal["if-offered"]
    | Literal["required"]
    | Literal["implicit"]
)
AuthFallback: TypeAlias = (
    Literal["none"]
    | Literal["ssl"]
)
Protection: TypeAlias = (
    Literal["clear"]
    | Literal["private"]
)
TlsOffer: TypeAlias = (
    Literal["never"]
    | Literal["forbidden"]
    | Literal["unavailable"]
    | Literal["offered"]
)
TlsRequired: TypeAlias = (
    Literal["nothing"]
    | Literal["control"]
    | Literal["data"]
    | Literal["both"]
)
DataFailure: TypeAlias = (
    Literal["refused"]
    | Literal["unreachable"]
    | Literal["timed-out"]
    | Literal["no-address"]
    | Literal["other"]
)
DataEnding: TypeAlias = (
    Literal["complete"]
    | Literal["reset"]
    | Literal["truncated"]
    | Literal["handshake-failed"]
    | Literal["unproven"]
    | Literal["no-space"]
    | Literal["local"]
)
Denied: TypeAlias = (
    Literal["bad-credentials"]
    | Literal["not-found"]
    | Literal["not-permitted"]
    | Literal["exists"]
    | Literal["not-directory"]
    | Literal["is-directory"]
    | Literal["not-empty"]
    | Literal["bad-name"]
    | Literal["bad-offset"]
    | Literal["no-space"]
    | Literal["quota-exceeded"]
    | Literal["busy"]
    | Literal["unsupported"]
    | Literal["failed"]
)

# (host, port), of IPv6 perhaps flow and scope behind them, as the socket module has them.
Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
Mode: TypeAlias = Literal["active"] | Literal["passive"]
# Told the bytes that are there, and their final number if that is known.
Progress: TypeAlias = Callable[[int, int | None], object]
# TYPE, STRU and MODE.
Representation: TypeAlias = Literal["image"] | Literal["ascii"] | Literal["ebcdic"]
Structure: TypeAlias = Literal["file"] | Literal["record"]
TransferMode: TypeAlias = (
    Literal["stream"] | Literal["block"] | Literal["compressed"] | Literal["deflate"]
)
