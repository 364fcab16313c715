"""Random splits and hostile replies: the same outputs for any cut, no crash, one end for each
operation."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ftp_py

# Each answers one command: a reply that came before its command would belong to none.
REPLIES = [
    b"220-Welcome\r\n220 Ready.\r\n",
    b"331 Password?\r\n",
    b"230-Hello\r\n 123\r\n230 In.\r\n",
    b'257 "/a ""b""" is it\r\n',
    b"200 Type is I.\r\n",
    b"213 1234\r\n",
    b"211-Features:\r\n SIZE\r\n211 End\r\n",
    b"221 Bye.\r\n",
]


def session() -> ftp_py.ClientSession:
    made = ftp_py.ClientSession(local=("192.0.2.7", 40000), peer=("192.0.2.1", 21), now=0.0)
    made.login("ada", "secret")
    made.working_directory()
    made.size("file")
    made.features()
    made.quit()
    return made


def play(pieces: list[bytes]) -> tuple[list[object], str | None]:
    """All that a session says, the bytes that it sends in one piece with those before."""
    client = session()
    said: list[object] = []
    queue = [piece for piece in pieces if piece] + [b""]
    while True:
        try:
            event = client.next_event()
        except ftp_py.FtpError as error:
            return said, f"{type(error).__name__}: {error}"
        match event:
            case ftp_py.NeedSend():
                sent = client.data_to_send()
                if said and isinstance(before := said[-1], bytes):
                    said[-1] = before + sent
                else:
                    said.append(sent)
            case ftp_py.NeedData():
                if not queue:
                    return said, None
                client.receive_data(queue.pop(0))
            case ftp_py.Close():
                return said, "closed"
            case ftp_py.Done(op, result, failed):
                said.append((op, result, str(failed)))
            case _:
                said.append(event)


WHOLE = play(REPLIES)


def test_the_dialogue_comes_to_its_end() -> None:
    said, end = WHOLE
    assert end == "closed"
    assert [one[1] for one in said if isinstance(one, tuple)][1:4] == ['/a "b"', 1234, ("SIZE",)]


@given(st.lists(st.lists(st.integers(0, 60), max_size=8), min_size=8, max_size=8))
def test_any_split_gives_the_same(cuts: list[list[int]]) -> None:
    pieces: list[bytes] = []
    for reply, at in zip(REPLIES, cuts, strict=True):
        ends = [0, *sorted(min(cut, len(reply)) for cut in at), len(reply)]
        pieces += [reply[a:b] for a, b in zip(ends, ends[1:], strict=False)]
    assert play(pieces) == WHOLE


REPLY = st.builds(
    lambda code, mark, text: str(code).encode() + mark + text + b"\r\n",
    st.integers(0, 700),
    st.sampled_from([b" ", b"-", b""]),
    st.binary(max_size=40),
)


@settings(max_examples=300)
@given(st.lists(st.one_of(REPLY, st.binary(max_size=60)), max_size=20))
def test_whatever_comes_there_is_an_end_to_each_operation(pieces: list[bytes]) -> None:
    said, end = play(pieces)
    done = [one[0] for one in said if isinstance(one, tuple)]
    assert len(done) == len(set(done))
    assert end is not None, "the end of the connection is the end of all"
    if end == "closed":
        assert len(done) == 5


@given(st.binary(max_size=200))
def test_a_parser_gives_a_value_or_its_own_error(data: bytes) -> None:
    for parse in (
        ftp_py.parse_reply,
        ftp_py.parse_227,
        ftp_py.parse_229,
        ftp_py.parse_257,
        ftp_py.parse_port,
        ftp_py.parse_eprt,
        ftp_py.parse_facts,
        ftp_py.parse_time,
    ):
        try:
            parse(data)
        except ftp_py.RemoteProtocolError:
            pass
    shapes: tuple[Literal["lines", "machine", "names"], ...] = ("lines", "machine", "names")
    for shape in shapes:
        for entry in ftp_py.parse_listing(data, shape=shape):
            assert repr(entry)


@given(st.binary(min_size=1).filter(lambda name: not set(name) & set(b"\r\n\0")))
def test_a_name_comes_back_as_it_was(name: bytes) -> None:
    text = ftp_py.Entry(name).name
    assert text.encode("utf-8", "surrogateescape") == name
    assert ftp_py.Entry(text).name == text


@given(st.lists(st.binary(max_size=50), max_size=10), st.integers(2, 50))
def test_a_codec_on_buffers_gives_back_what_it_took(pieces: list[bytes], room: int) -> None:
    source = b"".join(pieces).replace(b"\r", b"")
    sender = ftp_py.Codec("send", "ascii")
    sent = b"".join(sender.convert(memoryview(piece.replace(b"\r", b""))) for piece in pieces)
    sent += sender.convert(b"", last=True)
    receiver = ftp_py.Codec("receive", "ascii")
    target, got, rest, finished = bytearray(room), b"", sent, False
    while not finished:
        read, written, finished = receiver.run(rest, target, True)
        rest, got = rest[read:], got + bytes(target[:written])
    assert got == source


def test_a_target_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(BufferError):
        ftp_py.Codec("send", "image").run(b"a", b"b")
