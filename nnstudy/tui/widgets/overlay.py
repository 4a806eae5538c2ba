"""The runs that stay behind the present one in the laboratory's figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nnstudy.figures import Behind
from nnstudy.lab.experiment import Frame
from nnstudy.words import shorten, shown, visible

MOST_RUNS = 6
LONGEST = 28


@dataclass(frozen=True, eq=False)
class Setting:
    """What a frame was made with: parameters, seed, and the step where it is not the last one."""

    values: Mapping[str, object]
    frame: Frame


def setting(values: Mapping[str, object], frame: Frame) -> Setting:
    """The setting of a frame: its step counts where it is not the last one of the run."""
    return Setting({**values, "step": frame.step} if frame.step < frame.total else values, frame)


def labels(settings: Sequence[Setting], present: Setting | None) -> list[str]:
    """What tells each setting from the others and from the present one, in few words."""
    all_of_them = [*settings, *([present] if present else [])]
    names = dict.fromkeys(name for one in all_of_them for name in one.values)
    apart = [n for n in names if len({str(one.values.get(n)) for one in all_of_them}) > 1]
    return [shorten(visible(_said(one, apart)), LONGEST) for one in settings]


def _said(one: Setting, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {shown(one.values[name])}" for name in names if name in one.values) or "kept run"


def behind(settings: Sequence[Setting], present: Setting | None) -> tuple[Behind, ...]:
    """The settings as a figure draws them."""
    pairs = zip(settings, labels(settings, present), strict=True)
    return tuple(Behind(label, one.frame.figure) for one, label in pairs)
