"""Plays ``tests/transcripts`` (its README tells the form) against the sessions: whole, and with
input and output cut at every byte."""

from __future__ import annotations

import datetime
import itertools
import re
from collections import deque
from pathlib import Path
from typing import Any

import pytest

import ftp_py
from words import Scenario, read_folder, text, unescape

FOLDER = Path(__file__).parents[2] / "tests" / "transcripts"
PIECES = {"whole": 1 << 30, "bytes": 1}
LOCAL = {"client": "192.0.2.7:40000", "server": "192.0.2.1:21"}


def address(word: str) -> tuple[str, int]:
    host, port = word.rsplit(":", 1)
    return host.strip("[]"), int(port)


def seconds(word: str) -> float | None:
    if word == "never":
        return None
    return int(word[:-2]) / 1000 if word.endswith("ms") else float(word.removesuffix("s"))


class Play:
    """One scenario being played."""

    def __init__(self, role: str, scenario: Scenario, piece: int) -> None:
        self.role = role
        self.piece = piece
        self.now = 1.0
        self.said: deque[str] = deque()
        self.partial = b""
        self.unread = b""
        self.latest_data = 0
        self.latest_ask = 0
        self.is_blocked = False
        self.is_closed = False
        self.failure: str | None = None
        self.session = self._session(scenario)

    def _session(self, scenario: Scenario) -> ftp_py.ClientSession | ftp_py.ServerSession:
        settings: dict[str, object] = {}
        limits: dict[str, int] = {}
        timeouts: dict[str, float | None] = {}
        other = "server" if self.role == "client" else "client"
        ends = {"local": LOCAL[self.role], "peer": LOCAL[other]}
        for key, value in scenario.settings:
            if key in ends:
                ends[key] = value
            elif key.startswith("limits."):
                limits[key.removeprefix("limits.")] = int(value)
            elif key.startswith("timeouts."):
                timeouts[key.removeprefix("timeouts.")] = seconds(value)
            elif key == "dialogue":
                settings["dialogue"] = value == "shown"
            elif key == "banner":
                settings["banner"] = unescape(value)
            elif key == "data-port" and value.isdigit():
                settings["data_port"] = int(value)
            elif (self.role, key, value) == ("server", "tls", "implicit"):
                settings["implicit_tls"] = True
            else:
                settings[key.replace("-", "_")] = value
        kind = ftp_py.ClientSession if self.role == "client" else ftp_py.ServerSession
        return kind(
            local=address(ends["local"]),
            peer=address(ends["peer"]),
            now=self.now,
            limits=limits,
            timeouts=timeouts,
            **settings,  # type: ignore[arg-type]
        )

    def play(self, scenario: Scenario) -> None:
        lines = deque(scenario.lines)
        self.pump()
        while lines:
            line = lines.popleft()
            wanted = self.wanted(line)
            if wanted is not None:
                self.expect(wanted)
                continue
            assert not self.said, f"the session also said {self.said[0]!r} before {line!r}"
            self.carry_out(line)
            while lines and self.come_together(line, lines[0]):
                self.carry_out(lines.popleft())
            self.pump()
        assert not self.said, f"the session also said {self.said[0]!r}"

    def wanted(self, line: str) -> str | None:
        own = "C" if self.role == "client" else "S"
        if line.startswith("-> ") or line.startswith(f"{own}! "):
            return line
        if line.startswith(f"{own}:"):
            return f"{own}: {text(unescape(line[2:].removeprefix(' ')))}"
        return None

    def heard(self, line: str) -> bytes | None:
        peer = "S" if self.role == "client" else "C"
        if line.startswith(f"{peer}:"):
            return unescape(line[2:].removeprefix(" ")) + b"\r\n"
        if line.startswith(f"{peer}|"):
            return unescape(line[2:].removeprefix(" "))
        return None

    def come_together(self, first: str, second: str) -> bool:
        both_heard = self.heard(first) is not None and self.heard(second) is not None
        return both_heard or (first.startswith("verb ") and second.startswith("verb "))

    def expect(self, wanted: str) -> None:
        said = self.said.popleft() if self.said else "(nothing)"
        if wanted.endswith("..."):
            holds = said.startswith(wanted.removesuffix("..."))
        elif wanted.startswith("-> "):
            holds = said == wanted or said.startswith(wanted + " ")
        else:
            holds = said == wanted
        assert holds, f"expected {wanted!r}, got {said!r}"

    def carry_out(self, line: str) -> None:
        heard = self.heard(line)
        if heard is not None:
            self.unread += heard
            return
        word, _, rest = line.partition(" ")
        match word:
            case "<-":
                self.answer(rest)
            case "time":
                self.pass_time(seconds(rest.removeprefix("+")) or 0.0)
            case "block" | "unblock":
                self.is_blocked = word == "block"
            case "eof":
                self.session.receive_data(b"")
            case "lost":
                self.session.handle_lost()
            case "mute":
                self.session.handle_send_lost()
            case "wait":
                self.expect_wait(rest)
            case "stop":
                assert isinstance(self.session, ftp_py.ServerSession)
                self.session.stop()
            case "abort":
                assert isinstance(self.session, ftp_py.ClientSession)
                self.session.abort(int(rest.removeprefix("op=")))
            case "verb":
                self.verb(rest)
            case _:
                raise AssertionError(f"no such line: {line}")

    def pump(self) -> None:
        while True:
            try:
                said = self.session.next_event(self.now)
            except ftp_py.FtpError as error:
                if self.failure is None:
                    self.said.append(f"-> Failed {error}")
                    self.failure = str(error)
                assert str(error) == self.failure, "the same error for good"
                return
            assert self.failure is None, "a failure is for good"
            match said:
                case ftp_py.NeedSend() if self.is_blocked:
                    if not self.feed():
                        return
                case ftp_py.NeedSend(True):
                    byte = self.session.data_to_send(1)
                    letter = "C" if self.role == "client" else "S"
                    self.said.append(f"{letter}! {text(self.partial + byte)}")
                    self.partial = b""
                case ftp_py.NeedSend():
                    self.hear(self.session.data_to_send(self.piece))
                case ftp_py.NeedData():
                    if not self.feed():
                        return
                case _:
                    self.note(said)

    def feed(self) -> bool:
        room = min(self.piece, self.session.wait().read)
        piece, self.unread = self.unread[:room], self.unread[room:]
        if piece:
            self.session.receive_data(piece)
        return bool(piece)

    def hear(self, sent: bytes) -> None:
        assert not self.is_closed, "nothing is sent after Close"
        *lines, self.partial = (self.partial + sent).split(b"\r\n")
        letter = "C" if self.role == "client" else "S"
        self.said.extend(f"{letter}: {text(line)}" for line in lines)

    def note(self, said: object) -> None:
        assert not self.is_closed, "nothing follows Close"
        match said:
            case ftp_py.ConnectData(id=id) | ftp_py.ListenData(id=id):
                self.latest_data = id
            case ftp_py.StartTls() | ftp_py.StopTls():
                if self.unread:
                    self.session.receive_data(self.unread)
                    self.unread = b""
            case ftp_py.Close():
                self.is_closed = True
            case ftp_py.Started() | ftp_py.Done() | ftp_py.Cancel():
                pass
            case _ if self.role == "server" and hasattr(said, "op"):
                if type(said).__name__ not in EVENTS:
                    self.latest_ask = said.op
        self.said.append(f"-> {words(said)}")

    def answer(self, line: str) -> None:
        key = r" (id|op)=(\d+)$"
        found = re.search(key, line)
        number = int(found[2]) if found else None
        word, *rest = re.sub(key, "", line).split(" ")
        data = number or self.latest_data
        op = number or self.latest_ask
        session = self.session
        match word, rest:
            case "listening", [at]:
                session.handle_data_listening(data, address(at))
            case "accepted", [peer, verdict]:
                kept = session.handle_data_accepted(data, address(peer))
                assert kept == (verdict == "kept")
            case "connected", []:
                session.handle_data_connected(data)
            case "data-failed", [why]:
                session.handle_data_failed(data, why)  # type: ignore[arg-type]
            case "progress", [total]:
                session.handle_data_progress(data, int(total))
            case "marker", [name_of, position]:
                session.handle_data_marker(data, unescape(name_of), int(position))
            case "crossed", []:
                session.handle_data_crossed(data)
            case "secured", [how]:
                session.handle_data_secured(data, how == "resumed")
            case "ended", [count, ending]:
                session.handle_data_ended(data, int(count), ending)  # type: ignore[arg-type]
            case "tls-established", [how, *certificate]:
                der = unescape(certificate[0]) if certificate else None
                session.handle_tls_established(how == "resumed", der)
            case "tls-failed", []:
                session.handle_tls_failed()
            case "tls-stopped", []:
                session.handle_tls_stopped()
            case _:
                assert isinstance(session, ftp_py.ServerSession)
                self.answer_question(session, op, word, rest)

    def answer_question(
        self, session: ftp_py.ServerSession, op: int, word: str, rest: list[str]
    ) -> None:
        facts = dict(part.split("=", 1) for part in rest if "=" in part)
        match word, rest:
            case "granted", [home, permissions]:
                session.grant(op, permissions, home=unescape(home))
            case "entry", [kind, *_]:
                modified = facts.get("modified")
                mode = facts.get("mode")
                owner = facts.get("owner")
                entry = ftp_py.Entry(
                    "",
                    kind=kind,  # type: ignore[arg-type]
                    size=int(facts["size"]) if "size" in facts else None,
                    modified=ftp_py.parse_time(modified) if modified else None,
                    mode=int(mode, 8) if mode else None,
                    owner=unescape(owner) if owner else None,
                )
                session.answer(op, entry)
            case "opened", _:
                size = facts.get("size")
                name = facts.get("name")
                session.answer(
                    op,
                    size=int(size) if size else None,
                    name=unescape(name) if name else None,
                )
            case "done", []:
                session.answer(op)
            case "denied", [why]:
                session.deny(op, why)  # type: ignore[arg-type]
            case _:
                raise AssertionError(f"no answer: {word} {rest}")

    def verb(self, line: str) -> None:
        session = self.session
        assert isinstance(session, ftp_py.ClientSession)
        name, *parts = line.split(" ")
        flags = FLAGS & set(parts)
        pairs = dict(p.split("=") for p in parts if p.startswith(("offset=", "at=", "expected=")))
        given = [
            argument(p) for p in parts if p not in flags and p.split("=")[0] not in pairs
        ]
        numbers = {key: int(value) for key, value in pairs.items()}
        try:
            match name:
                case "retrieve":
                    options: dict[str, Any] = {**numbers, **parameters(flags)}
                    session.retrieve(given[0], **options)
                case "store":
                    session.store(
                        *given,
                        at=numbers.get("at"),
                        append="append" in flags,
                        unique="unique" in flags,
                        **parameters(flags),
                    )
                case "list":
                    session.list(
                        *given,
                        kind="native"
                        if "native" in flags
                        else "names"
                        if "names" in flags
                        else "machine",
                        fall_back="strict" not in flags,
                        mode=parameters(flags)["mode"],
                    )
                case "relay":
                    part, path, end = given
                    session.relay(
                        part.decode(),  # type: ignore[arg-type]
                        path,
                        to=None if end == b"listens" else address(end.decode()),
                        at=numbers.get("at"),
                    )
                case "command":
                    session.command(unescape(line.partition(" ")[2]))
                case _:
                    getattr(session, name.replace("-", "_"))(*given)
        except (ValueError, ftp_py.LocalProtocolError) as error:
            self.said.append(f"-> Misuse {error}")

    def pass_time(self, duration: float) -> None:
        target = round(self.now + duration, 6)
        self.pump()
        while (deadline := self.session.wait().deadline) is not None and deadline <= target:
            assert deadline > self.now, "a deadline that has come was acted upon"
            self.now = deadline
            self.pump()
        self.now = target

    def expect_wait(self, line: str) -> None:
        wait = self.session.wait()
        for word in line.split(" "):
            match word.split("="):
                case "read", "0":
                    assert wait.read == 0
                case "read", "some":
                    assert wait.read > 0
                case "deadline", "never":
                    assert wait.deadline is None
                case "deadline", time:
                    assert wait.deadline is not None
                    assert wait.deadline == pytest.approx(self.now + (seconds(time) or 0))
                case _:
                    raise AssertionError(word)


EVENTS = {"TransferStarted", "TransferEnded", "UploadUnconfirmed"}


FLAGS = {
    *("append", "ascii", "block", "compressed", "ebcdic"),
    *("names", "native", "records", "strict", "unique"),
}


def parameters(flags: set[str]) -> dict[str, Any]:
    """TYPE, STRU and MODE in the words of the session."""
    return {
        "representation": next(iter(flags & {"ascii", "ebcdic"}), "image"),
        "structure": "record" if "records" in flags else "file",
        "mode": next(iter(flags & {"block", "compressed"}), "stream"),
    }


def argument(word: str) -> bytes:
    times = re.fullmatch(r"(.*)\*(\d+)", word)
    if times:
        return times[1].encode() * int(times[2])
    return b"" if word == '""' else unescape(word)


def name(given: str) -> str:
    return text(given.encode("utf-8", "surrogateescape"))


def reply(given: ftp_py.Reply) -> str:
    return f"{given.code} {name(given.text)}".rstrip()


def words(said: object) -> str:
    """An output as transcripts word it."""
    match said:
        case ftp_py.ListenData(id, mode, local, peer):
            family = "v6" if ":" in local[0] else "v4"
            return f"ListenData {mode} {family}{f' from={peer}' if peer else ''} id={id}"
        case ftp_py.ConnectData(id, mode, local, to):
            host = f"[{to[0]}]" if ":" in to[0] else to[0]
            port = f" local-port={local[1]}" if local and local[1] else ""
            return f"ConnectData {mode} {host}:{to[1]}{port} id={id}"
        case ftp_py.AcceptData(id):
            return f"AcceptData id={id}"
        case ftp_py.MoveData(id, op, direction, private, codec):
            return f"MoveData {direction}{' private' * private} {codec.kind} op={op} id={id}"
        case ftp_py.CloseData(id, reset):
            return f"CloseData {'reset' if reset else 'orderly'} id={id}"
        case ftp_py.StartTls() | ftp_py.StopTls() | ftp_py.Close():
            return type(said).__name__
        case ftp_py.Greeting(it) | ftp_py.NotSecured(it) | ftp_py.Received(it):
            return f"{type(said).__name__} {reply(it)}"
        case ftp_py.Secured(resumed):
            return f"Secured {'resumed' if resumed else 'full'}"
        case ftp_py.Started(op, it):
            return f"Started op={op} {reply(it)}"
        case ftp_py.Marker(op, marker, position):
            return f"Marker op={op} {name(marker)} {position}"
        case ftp_py.Done(op, _, Exception() as error):
            return f"Done op={op} {error}"
        case ftp_py.Done(op, result, None):
            return f"Done op={op} {outcome(result)}"
        case ftp_py.Sent(line) | ftp_py.Command(line) | ftp_py.Replied(line):
            return f"{type(said).__name__.replace('Replied', 'Reply')} {name(line)}"
        case ftp_py.Authenticate(op, user, password, certificate):
            shown = f" certificate={text(certificate)}" if certificate is not None else ""
            return f"Authenticate {name(user)} {name(password)}{shown} op={op}"
        case ftp_py.Identify(op, user, certificate):
            return f"Identify {name(user)} {text(certificate)} op={op}"
        case ftp_py.OpenRead(op, path, offset):
            return f"OpenRead {name(path)} {offset} op={op}"
        case ftp_py.OpenWrite(op, path, place, offset):
            return f"OpenWrite {name(path)} {place}{f' {offset}' if place == 'at' else ''} op={op}"
        case ftp_py.OpenList(op, path, style, all):
            return f"OpenList {name(path)} {style}{'-all' * (all and style != 'machine')} op={op}"
        case ftp_py.Finish(op, whole):
            return f"Finish {'whole' if whole else 'partial'} op={op}"
        case ftp_py.Rename(op, path, to):
            return f"Rename {name(path)} {name(to)} op={op}"
        case ftp_py.SetModified(op, path, modified):
            return f"SetModified {name(path)} {ftp_py.format_time(modified)} op={op}"
        case (
            ftp_py.Metadata(op, path)
            | ftp_py.Delete(op, path)
            | ftp_py.RemoveDirectory(op, path)
            | ftp_py.MakeDirectory(op, path)
        ):
            return f"{type(said).__name__} {name(path)} op={op}"
        case ftp_py.Cancel(op) | ftp_py.UploadUnconfirmed(op):
            return f"{type(said).__name__} op={op}"
        case ftp_py.LoggedIn(user) | ftp_py.LoginRefused(user):
            return f"{type(said).__name__} {name(user)}"
        case ftp_py.TransferStarted(op, kind, path, mode):
            return f"TransferStarted {kind} {name(path)} {mode} op={op}"
        case ftp_py.TransferEnded(op, count, how):
            return f"TransferEnded {how} {count} op={op}"
        case ftp_py.Closed(reason):
            return f"Closed {reason}"
    raise AssertionError(f"no words for {said}")


def outcome(result: object) -> str:
    match result:
        case None:
            return "Closed"
        case ftp_py.Reply():
            return f"Reply {reply(result)}"
        case str():
            return f"Path {name(result)}"
        case int():
            return f"Size {result}"
        case ftp_py.Entry():
            kind = result.kind if result.kind in {"file", "directory"} else "other"
            size = f" size={result.size}" if result.size is not None else ""
            return f"Entry {kind}{size} {name(result.name)}"
        case (str() as host, int() as port):
            return f"Address [{host}]:{port}" if ":" in host else f"Address {host}:{port}"
        case tuple():
            return f"Features {','.join(name(str(line)) for line in result)}"
        case ftp_py.Transferred(count, final, way, listing, stored):
            form = f" {listing}" if listing else ""
            named = f" name={name(stored)}" if stored else ""
            return f"Transfer {count} {(way or 'none').lower()}{form}{named} {reply(final)}"
        case datetime.datetime():
            return f"Modified {result:%Y%m%d%H%M%S}"
    raise AssertionError(f"no words for {result}")


SCENARIOS = [
    pytest.param(role, scenario, piece, id=f"{role}-{scenario.where}-{scenario.title}-{piece}")
    for role, piece in itertools.product(("client", "server"), PIECES)
    for scenario in read_folder(FOLDER / role)
]


@pytest.mark.parametrize(("role", "scenario", "piece"), SCENARIOS)
def test_a_transcript_is_played_as_it_is_written(role: str, scenario: Scenario, piece: str) -> None:
    play = Play(role, scenario, PIECES[piece])
    play.play(scenario)


def test_there_are_transcripts_of_both_roles() -> None:
    assert len(SCENARIOS) > 400
