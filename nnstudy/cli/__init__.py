"""The commands: they parse arguments, call Study and print. Nothing heavy is imported before it is needed."""

# each adds its commands to the group
from nnstudy.cli import (  # noqa: F401
    backups,
    card,
    cards,
    identity,
    laboratory,
    log,
    memory,
    planning,
    preferences,
    questions,
    web,
)
from nnstudy.cli.group import main

__all__ = ["main"]
