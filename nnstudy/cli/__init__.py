"""The commands: they parse arguments, call Study and print. Nothing heavy is imported before it is needed."""

# each adds its commands to the group
from nnstudy.cli import backups, cards, identity, laboratory, log, memory, planning, preferences, questions, web  # noqa: F401
from nnstudy.cli.group import main

__all__ = ["main"]
