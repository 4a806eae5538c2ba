"""What reading a note finds worth saying: a line, a rule, a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that reading a note found: `rule` is a short fixed name, `line` counts from 1."""

    line: int
    rule: str
    message: str
    level: str = "warning"  # "error", "warning" or "info"
