"""Bytes become text: the encoding found, damaged characters repaired, line ends made one."""

import codecs
import hashlib
import re
from dataclasses import dataclass

from nnstudy.errors import StudyError
from nnstudy.notes.remark import Remark
from nnstudy.words import plural

LIMIT = 16_000_000  # bytes: longer than the complete works of any student
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\n\v\f\r\x1b"]
# A byte beyond ASCII and one that continues it, as they look when UTF-8 is taken for Windows-1252.
TWICE = re.compile("[\u00c2-\u00f4][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
ROUNDS = 4  # of encoding again that are taken back


@dataclass(frozen=True)
class Source:
    """The text of a note file, with ``\\n`` at its line ends, and what was done to get it.

    `digest` is the SHA-256 of the bytes, by which an unchanged file is known again.
    """

    text: str
    digest: str
    remarks: tuple[Remark, ...]


def check_size(size: int, path: str) -> None:
    """StudyError when a note has more bytes than the program reads."""
    if size > LIMIT:
        raise StudyError(f"{path} has {size / 1e6:.0f} MB; a note may have {LIMIT / 1e6:.0f} MB: split it")


def read_source(data: bytes, path: str = "the file") -> Source:
    """The text that the bytes of a note hold; `path` names them in errors. StudyError when they hold no text."""
    check_size(len(data), path)
    text, remarks = _decode(data)
    if sum(map(text.count, CONTROLS)) > 2 + len(text) // 50:
        raise StudyError(f"{path} is not a text file")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        remarks.append(Remark(line, "encoding", "NUL bytes, shown as �, stand in the text"))
        text = text.replace("\0", "�")
    text, repaired = repair(text)
    if repaired:
        message = f"{plural(len(repaired), 'line')} of text that was encoded more than once; repaired in reading"
        remarks.append(Remark(repaired[0], "encoding", message, "info"))
    return Source(text, hashlib.sha256(data).hexdigest(), tuple(remarks))


# --- bytes to characters -------------------------------------------------------------------------------------------


def _decode(data: bytes) -> tuple[str, list[Remark]]:
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), None) or _unmarked(data)
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as trouble:
        if not encoding.startswith("utf-8"):
            text = data.decode(encoding, errors="replace")
            line = text.count("\n", 0, text.find("�")) + 1
            return text, [Remark(line, "encoding", f"this is not all {encoding} text: � stands for what is not")]
        line = data.count(b"\n", 0, trouble.start) + 1
    text = data.decode(encoding, errors="nnstudy.windows")
    part = "these bytes are" if _has_utf8(data) else "this is"
    return text, [Remark(line, "encoding", f"{part} not UTF-8; read as Windows-1252")]


def _unmarked(data: bytes) -> str:
    """UTF-16 without its mark is told by every second byte being zero; all else is taken for UTF-8."""
    start = data[:4096]
    if len(start) >= 4 and len(data) % 2 == 0:
        even, odd = start[::2], start[1::2]
        for zeros, letters, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
            if zeros.count(0) > 0.6 * len(zeros) and letters.count(0) < 0.1 * len(letters):
                return name
    return "utf-8"


def _has_utf8(data: bytes) -> bool:
    """Whether some of the bytes are UTF-8 beyond ASCII: then the rest are a region of their own."""
    return not data.decode("utf-8", errors="ignore").isascii()


def _as_windows(trouble: UnicodeError) -> tuple[str, int]:
    """Decode the bytes that are not UTF-8, and only those, as Windows-1252: each region is judged by itself."""
    assert isinstance(trouble, UnicodeDecodeError)
    wrong = trouble.object[trouble.start : trouble.end]
    return "".join(bytes([byte]).decode("cp1252", errors="replace") for byte in wrong), trouble.end


codecs.register_error("nnstudy.windows", _as_windows)


# --- characters encoded again ----------------------------------------------------------------------------------------


def repair(text: str) -> tuple[str, list[int]]:
    """The text with characters encoded again (``perchÃ©``) restored, and the numbers of the lines that had them.

    Every line is judged by itself, so that sound text beside a damaged region stays as it is. Of ftfy only
    `fix_encoding` is used: its other repairs change quotes and widths that the author meant.
    """
    if text.isascii() or not TWICE.search(text):
        return text, []
    lines = text.split("\n")
    beyond = [number for number, line in enumerate(lines) if not line.isascii()]
    damaged, doubtful = set(), []
    for number in beyond:
        if TWICE.search(lines[number]):
            if (sound := _repaired(lines[number])) is not None:
                lines[number] = sound
                damaged.add(number)
            else:
                doubtful.append(number)
    neighbours = dict(zip(beyond, zip([-1, *beyond], [*beyond[1:], -1], strict=False), strict=True)) if doubtful else {}
    for number in doubtful:  # too short to look damaged: as its neighbours are
        if damaged.intersection(neighbours[number]) and (sound := _taken_back(lines[number])) is not None:
            lines[number] = sound
            damaged.add(number)
    return "\n".join(lines), [number + 1 for number in sorted(damaged)]


def _repaired(line: str) -> str | None:
    """The line as it was meant; None when it does not look damaged."""
    from ftfy import fix_encoding  # its tables take a while to load: only text beyond ASCII can be damaged
    from ftfy.badness import is_bad

    if not is_bad(line):
        return None
    sound = line
    for _ in range(ROUNDS):
        once = _taken_back(sound)
        if once is None or not is_bad(sound):
            break
        sound = once
    if sound == line or is_bad(sound):
        sound = _with_lost(fix_encoding(sound), line)
    return sound if sound != line else None


def _taken_back(line: str) -> str | None:
    """The line before it was encoded again; None when it cannot have been."""
    from ftfy import bad_codecs  # noqa: F401 (it registers Windows-1252 with its five missing bytes)

    try:
        before = line.encode("sloppy-windows-1252").decode("utf-8")
    except UnicodeError:
        return None
    return _with_lost(before, line) if before != line else None


def _with_lost(repaired: str, line: str) -> str:
    """The repaired line with its lost characters, which ftfy writes as a control character, as they were."""
    return repaired.replace("\x1a", "�") if "�" in line and "\x1a" not in line else repaired
