"""The note in the learner's own editor, at the card's line; read again when the editor closes."""

import os
import shlex
import subprocess
from pathlib import Path

from textual.app import App, SuspendNotSupported

from nnstudy.errors import StudyError
from nnstudy.store.records import StoredCard
from nnstudy.study import Study

WITH_COLON = {"code", "codium", "subl", "hx", "helix", "zed"}


def command(editor: str, path: str, line: int) -> list[str]:
    """How an editor is told to open a file at a line."""
    words = shlex.split(editor, posix=os.name != "nt")
    name = Path(words[0]).stem
    if name in {"code", "codium"}:
        return [*words, "--goto", f"{path}:{line}"]
    if name in WITH_COLON:
        return [*words, f"{path}:{line}"]
    return [*words, f"+{line}", path]


def edit(app: App[None], study: Study, card: StoredCard) -> bool:
    """Open the note of a card and take in what was changed; whether the note was read again."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        app.notify(f"{card.note_path}, line {card.line}: set EDITOR to open it from here.", timeout=8, markup=False)
        return False
    try:
        with app.suspend():
            subprocess.run(command(editor, card.note_path, card.line), check=False)
        report = study.add(card.note_path)[0]
    except SuspendNotSupported:
        app.notify(f"{card.note_path}, line {card.line}: a browser cannot open your editor.", timeout=8, markup=False)
        return False
    except (OSError, ValueError, StudyError) as trouble:
        app.notify(f"{editor!r} did not open the note: {trouble}", severity="error", timeout=8, markup=False)
        return False
    changed = {word: len(getattr(report, word)) for word in ("new", "edited", "moved", "retired")}
    said = ", ".join(f"{count} {word}" for word, count in changed.items() if count) or "nothing changed"
    app.notify(f"The note was read again: {said}.", timeout=4, markup=False)
    return True
