"""What `nnstudy doctor` says: versions, paths, whether the database is sound, what the terminal can do."""

import os
import platform
import shutil
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version

from nnstudy import __version__
from nnstudy import settings as _settings
from nnstudy.errors import StudyError

PACKAGES = (
    "numpy",
    "textual",
    "sqlite-utils",
    "matplotlib",
    "fsrs-rs-python",
    "markdown-it-py",
    "ftfy",
)


def examine() -> dict[str, object]:
    """Every finding by name; a list of words under "problems", empty when all is well."""
    folder = _settings.home()
    problems: list[str] = []
    findings: dict[str, object] = {
        "nnstudy": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
    }
    for package in PACKAGES:
        findings[package] = _version(package, problems)
    findings |= {
        "folder": str(folder),
        "writable": os.access(folder if folder.exists() else folder.parent, os.W_OK),
        "settings": "settings.toml" if (folder / "settings.toml").exists() else "defaults",
        "terminal": os.environ.get("TERM", "unknown"),
        "colours": os.environ.get("COLORTERM", "not said; COLORTERM=truecolor shows all of them"),
        "encoding": sys.stdout.encoding or "unknown",
        "editor": os.environ.get("VISUAL") or os.environ.get("EDITOR") or "none: set EDITOR to open notes from a card",
    }
    findings["database"] = _database(folder, problems)
    if str(findings["encoding"]).lower().replace("-", "") != "utf8":
        problems.append("the terminal does not say that it reads UTF-8: set LANG to a UTF-8 locale")
    if not shutil.which(str(findings["editor"]).split()[0]) and "none" not in str(findings["editor"]):
        problems.append(f"the editor {findings['editor']!r} is not installed")
    findings["problems"] = problems
    return findings


def _version(package: str, problems: list[str]) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        problems.append(f"{package} is missing: install nnstudy again with `python3 -m pip install --upgrade nnstudy`")
        return "missing"


def _database(folder: object, problems: list[str]) -> str:
    from nnstudy.store.backup import wrong_value
    from nnstudy.study import Study

    try:
        with Study.open() as study:
            problems += study.store.integrity()
            if wrong := wrong_value(study.store.path):
                problems.append(f"{study.store.path} is damaged: {wrong}; `nnstudy restore` brings a backup back")
            cards, reviews = len(study.cards()), study.store.log.size()
            return f"{study.store.path} ({cards} cards, {reviews} reviews)"
    except StudyError as trouble:
        problems.append(str(trouble))
        return "cannot be used"
