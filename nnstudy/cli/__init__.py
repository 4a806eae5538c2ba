"""The commands: they parse arguments, call Study and print. Nothing heavy is imported before it is needed."""

from nnstudy.cli.group import main

__all__ = ["main"]
