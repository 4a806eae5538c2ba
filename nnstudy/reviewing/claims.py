"""Which other programs have the same data open, and which card each of them is asking.

Two programs may review at the same time. Each answer is a transaction of its own, so none is lost; what is kept apart
here is what they ask. A claim on a card is a lock on one byte of an empty part of a file: the system keeps it in
memory, at the cost of a microsecond, and lets go of it when a program ends, however it ends. Claims are advice: where a
file system has no locks, every program goes its own way.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from zlib import crc32

PROGRAMS = 16  # that are told apart
RECORD = 16  # bytes at the beginning of the file, with the process of each program
PRESENCE, CARDS = 1 << 20, 1 << 30  # from which byte on the locks stand; Windows takes positions below 1 << 31
AS_IT_IS = getattr(os, "O_BINARY", 0)  # else Windows writes the end of a record as two bytes, the second into the next

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int, byte: int) -> bool:
        os.lseek(file, byte, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        except OSError:
            return True  # no locks here
        return True

    def _unlock(file: int, byte: int) -> None:
        os.lseek(file, byte, os.SEEK_SET)
        with suppress(OSError):
            msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: int, byte: int) -> bool:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True  # no locks here
        return True

    def _unlock(file: int, byte: int) -> None:
        with suppress(OSError):
            fcntl.lockf(file, fcntl.LOCK_UN, 1, byte)


class Claims:
    """What this program claims of one data folder; the file is opened at the first claim."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._slot = -1
        self._card: str | None = None

    def enter(self) -> bool:
        """Be seen by other programs; whether that can be."""
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | AS_IT_IS, 0o666)
            except OSError:
                return False
            self._slot = next((slot for slot in range(PROGRAMS) if _lock(self._file, PRESENCE + slot)), -1)
            if self._slot >= 0:
                os.lseek(self._file, self._slot * RECORD, os.SEEK_SET)
                with suppress(OSError):  # a full disk: it is still seen, but not by its number
                    os.write(self._file, f"{os.getpid():<{RECORD - 1}}\n".encode())
        return True

    def others(self) -> list[int]:
        """The processes of the other programs that have the data open; 0 for one that could not say."""
        if not self.enter() or self._file is None:
            return []
        found = []
        for slot in range(PROGRAMS):
            if slot == self._slot:
                continue
            if _lock(self._file, PRESENCE + slot):
                _unlock(self._file, PRESENCE + slot)
            else:
                os.lseek(self._file, slot * RECORD, os.SEEK_SET)
                said = os.read(self._file, RECORD).strip()
                found.append(int(said) if said.isdigit() else 0)
        return found

    def take(self, card: str) -> bool:
        """Claim the card that is asked now, in the place of the last one; False when another program is asking it."""
        if card == self._card or not self.enter() or self._file is None:
            return True
        if self._card is None or _byte(card) != _byte(self._card):  # Windows refuses a byte that one holds oneself
            if not _lock(self._file, _byte(card)):
                return False
            self.put_down()
        self._card = card
        return True

    def put_down(self) -> None:
        """Ask no card any more."""
        if self._card is not None and self._file is not None:
            _unlock(self._file, _byte(self._card))
        self._card = None

    def leave(self) -> None:
        """Be gone; all claims go with it."""
        if self._file is not None:
            self.put_down()
            if self._slot >= 0:
                _unlock(self._file, PRESENCE + self._slot)  # Windows itself takes its time after a file is closed
            os.close(self._file)
            self._file, self._card = None, None


def _byte(card: str) -> int:
    return CARDS + (crc32(card.encode()) & 0x3FFFFFFF)
