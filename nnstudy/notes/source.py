"""Bytes become text: the encoding found, damaged characters repaired, line ends made one."""

import codecs
import hashlib
import re
from dataclasses import dataclass

from nnstudy.errors import StudyError
from nnstudy.notes.note import Remark

LIMIT = 16_000_000  # bytes: longer than the complete works of any student
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
BINARY = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True)
class Source:
    """The text of a note file, with ``\\n`` at its line ends, and what was done to get it.

    `digest` is the SHA-256 of the bytes, by which an unchanged file is known again.
    """

    text: str
    digest: str
    remarks: tuple[Remark, ...]


def read_source(data: bytes, path: str = "the file") -> Source:
    """The text that the bytes of a note hold; `path` names them in errors. StudyError when they hold no text."""
    if len(data) > LIMIT:
        raise StudyError(f"{path} has {len(data) / 1e6:.0f} MB; a note may have {LIMIT / 1e6:.0f} MB: split it")
    text, remarks = _decode(data)
    if len(BINARY.findall(text)) > len(text) // 100:
        raise StudyError(f"{path} is not a text file")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        remarks.append(Remark(line, "encoding", "NUL bytes, shown as �, stand in the text"))
        text = text.replace("\0", "�")
    text, repaired = repair(text)
    if repaired:
        message = f"{len(repaired)} lines hold text that was encoded twice; it was repaired in reading"
        remarks.append(Remark(repaired[0], "encoding", message, "info"))
    return Source(text, hashlib.sha256(data).hexdigest(), tuple(remarks))


def repair(text: str) -> tuple[str, list[int]]:
    """The text with doubly encoded characters (``perchÃ©``) restored, and the numbers of the lines that had them.

    Every line is judged by itself, so that sound text beside a damaged region stays as it is. Of ftfy only
    `fix_encoding` is used: its other repairs change quotes and widths that the author meant.
    """
    if text.isascii():
        return text, []
    from ftfy import fix_encoding  # its tables take a while to load: only text beyond ASCII can be damaged
    from ftfy.badness import is_bad

    lines = text.split("\n")
    damaged = []
    for number, line in enumerate(lines):
        if not line.isascii() and is_bad(line) and (sound := fix_encoding(line)) != line:
            lines[number] = sound
            damaged.append(number + 1)
    return "\n".join(lines), damaged


def _decode(data: bytes) -> tuple[str, list[Remark]]:
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as trouble:
        line = data[: trouble.start].count(b"\n") + 1
        message = f"this is not {encoding} text; it was read as Windows-1252"
        return data.decode("cp1252", errors="replace"), [Remark(line, "encoding", message)]
