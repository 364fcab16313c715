"""The files of ``tests/transcripts`` and the escapes of text in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_ESCAPES = {"r": b"\r", "n": b"\n", "0": b"\0", "\\": b"\\"}


@dataclass
class Scenario:
    title: str
    where: str
    settings: list[tuple[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        if line.startswith("let "):
            _, key, value = line.split(" ", 2)
            self.settings.append((key, value))
            return
        times = re.match(r"([CS])\*(\d+):", line)
        if times:
            line = f"{times[1]}:{line[times.end():]}"
        # The words of what the session says hold the name of an error, which is none of Python's.
        error = re.match(r"(-> Failed|-> Done op=\d+) [A-Z]\w+:(.*)", line)
        if error:
            line = error[1] + error[2].rstrip()
        self.lines.extend([line] * (int(times[2]) if times else 1))


def read_folder(folder: Path) -> list[Scenario]:
    """Every scenario of the files of a folder."""
    scenarios: list[Scenario] = []
    beyond = (folder.parent / "core-alone.txt").read_text("utf-8").splitlines()
    for file in sorted(folder.glob("*.txt")):
        if f"{folder.name}/{file.stem}" in beyond:
            continue
        for where, line in _lines(file):
            if line.startswith("== "):
                scenarios.append(Scenario(line[3:], where))
            else:
                scenarios[-1].add(line)
    return scenarios


def _lines(file: Path) -> Iterator[tuple[str, str]]:
    """Each line with where it stands, those of included files in their place."""
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        if line.startswith("include "):
            yield from _lines(file.with_name(line.removeprefix("include ")))
        elif line.strip() and not line.startswith("#"):
            yield f"{file.stem}:{number}", line


def unescape(written: str) -> bytes:
    """The bytes that a text with escapes stands for."""

    def byte(match: re.Match[bytes]) -> bytes:
        escape = match[1].decode()
        return bytes([int(escape[1:], 16)]) if escape[0] == "x" else _ESCAPES[escape]

    return re.sub(rb"\\(x[0-9a-fA-F]{2}|.)", byte, written.encode())


def text(raw: bytes) -> str:
    """Bytes as a transcript writes them."""
    shown = {0x5C: "\\\\", 0x0D: "\\r", 0x0A: "\\n", 0: "\\0"}
    return "".join(
        shown.get(b) or (chr(b) if 0x20 <= b <= 0x7E else f"\\x{b:02x}") for b in raw
    )
