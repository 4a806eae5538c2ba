"""The commands: they parse arguments, call Study and print. Nothing heavy is imported before it is needed."""

from nnstudy.cli import cards, identity, laboratory, log, questions  # noqa: F401 (each adds its commands to the group)
from nnstudy.cli.group import main

__all__ = ["main"]
