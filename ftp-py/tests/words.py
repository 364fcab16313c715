"""The files of ``tests/transcripts`` and the escapes of text in them."""

from __future__ import annotations

import re
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
        line = re.sub(r"^(-> Failed|-> Done op=\d+) [A-Z]\w+: ", r"\1 ", line)
        line = re.sub(r"^(-> Failed|-> Done op=\d+) [A-Z]\w+:\s*\.\.\.$", r"\1 ...", line)
        self.lines.extend([line] * (int(times[2]) if times else 1))


def read_folder(folder: Path) -> list[Scenario]:
    """Every scenario of the files of a folder."""
    scenarios: list[Scenario] = []
    for file in sorted(folder.glob("*.txt")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.startswith("== "):
                scenarios.append(Scenario(line[3:], f"{file.stem}:{number}"))
            elif line.startswith("include "):
                included = file.with_name(line.removeprefix("include "))
                for more in included.read_text("utf-8").splitlines():
                    if more.strip() and not more.startswith("#"):
                        scenarios[-1].add(more)
            elif line.strip() and not line.startswith("#"):
                scenarios[-1].add(line)
    return scenarios


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
