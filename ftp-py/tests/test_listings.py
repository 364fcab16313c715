"""The vectors of ``tests/listings`` (its README tells the form), whole and cut at every byte."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import ftp_py

FOLDER = Path(__file__).parents[2] / "tests" / "listings"


@dataclass
class Vector:
    where: str
    settings: dict[str, object]
    data: bytes = b""
    expected: list[str] = field(default_factory=list)


def unescape(written: str) -> bytes:
    return re.sub(
        rb"\\x([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), written.encode()
    )


def read(file: Path) -> tuple[list[Vector], list[Vector]]:
    vectors: list[Vector] = []
    strangers: list[Vector] = []
    settings: dict[str, object] = {}
    fresh = True

    def begin() -> dict[str, object]:
        return {"now": datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.timezone.utc)}

    settings = begin()
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        where = f"{file.name}:{number}"
        mark, rest = line[:1], line[2:]
        if not mark.strip():
            settings, fresh = begin(), True
        elif mark == "@":
            key, value = rest.split("=", 1)
            match key:
                case "now":
                    at = datetime.datetime.fromisoformat(value)
                    settings["now"] = at.replace(tzinfo=datetime.timezone.utc)
                case "zone":
                    settings["zone"] = int(value)
                case "shape":
                    settings["shape"] = value
                case "system":
                    settings["system"] = unescape(value)
        elif mark == "!":
            strangers.append(Vector(where, dict(settings), unescape(rest) + b"\r\n"))
        elif mark == ">":
            if fresh:
                vectors.append(Vector(where, dict(settings)))
                fresh = False
            vectors[-1].data += unescape(rest) + b"\r\n"
        elif mark == "=":
            # A datetime holds microseconds.
            vectors[-1].expected.append(re.sub(r"(:\d\d\.\d{6})\d+", r"\1", rest))
    return vectors, strangers


def escape(value: str, is_word: bool) -> str:
    shown = ""
    for letter in value:
        if 0xDC80 <= ord(letter) <= 0xDCFF:
            shown += f"\\x{ord(letter) - 0xDC00:02x}"
        elif ord(letter) < 32 or 127 <= ord(letter) < 160 or letter == "\\":
            shown += "".join(f"\\x{b:02x}" for b in letter.encode())
        elif is_word and letter == " ":
            shown += "\\x20"
        else:
            shown += letter
    kept = shown.rstrip(" ")
    return kept + "\\x20" * (len(shown) - len(kept))


def describe(entry: ftp_py.Entry) -> str:
    if not entry.name:
        return "unread"
    parts: list[str] = [entry.kind]
    if entry.size is not None:
        parts.append(f"size={entry.size}")
    if entry.modified is not None:
        parts.append(f"modified={describe_time(entry)}")
    if entry.mode is not None:
        parts.append(f"mode={entry.mode:04o}")
    if entry.links is not None:
        parts.append(f"links={entry.links}")
    for key in ("owner", "group", "perm", "unique", "target"):
        value = getattr(entry, key)
        if value is not None:
            parts.append(f"{key}={escape(value, True)}")
    parts.append(f"name={escape(entry.name, False)}")
    return " ".join(parts)


def describe_time(entry: ftp_py.Entry) -> str:
    at = entry.modified
    assert at is not None
    shown = f"{at.year:04}-{at.month:02}-{at.day:02}"
    if entry.precision != "day":
        shown += f"T{at.hour:02}:{at.minute:02}"
    if entry.precision in {"second", "fraction"}:
        shown += f":{at.second:02}"
    if entry.precision == "fraction":
        shown += f".{f'{at.microsecond:06}'.rstrip('0') or '0'}"
    offset = at.utcoffset()
    if offset is None:
        return shown
    if at.tzinfo is datetime.timezone.utc:
        return shown + "Z"
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{shown}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


FILES = {file.stem: read(file) for file in sorted(FOLDER.glob("*.txt"))}
VECTORS = [
    pytest.param(vector, id=vector.where) for vectors, _ in FILES.values() for vector in vectors
]
STRANGERS = [
    pytest.param(name, stranger, id=stranger.where)
    for name, (_, strangers) in FILES.items()
    for stranger in strangers
]


@pytest.mark.parametrize("vector", VECTORS)
def test_a_listing_is_read_as_expected(vector: Vector) -> None:
    entries = ftp_py.parse_listing(vector.data, **vector.settings)  # type: ignore[arg-type]
    assert [describe(entry) for entry in entries] == vector.expected


@pytest.mark.parametrize("vector", VECTORS)
def test_any_cut_gives_the_same_entries(vector: Vector) -> None:
    whole = ftp_py.parse_listing(vector.data, **vector.settings)  # type: ignore[arg-type]
    reader = ftp_py.ListingReader(**vector.settings)  # type: ignore[arg-type]
    entries = [e for at in range(len(vector.data)) for e in reader.push(vector.data[at : at + 1])]
    assert entries + reader.finish() == whole


@pytest.mark.parametrize(("format_", "stranger"), STRANGERS)
def test_a_stranger_is_not_taken_for_an_entry(format_: str, stranger: Vector) -> None:
    reader = ftp_py.ListingReader(**stranger.settings)  # type: ignore[arg-type]
    entries = reader.push(stranger.data) + reader.finish()
    assert reader.format != format_ or not any(entry.name for entry in entries)


def test_there_are_vectors_enough() -> None:
    assert sum(len(vector.expected) for vectors, _ in FILES.values() for vector in vectors) > 400
    assert len(STRANGERS) >= 100
