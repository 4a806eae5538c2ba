"""A card's recall through time, from its reviews, as a figure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np

from nnstudy.lab.experiment import Array, Line, Mark, Panel, Points, Reference
from nnstudy.memory.explanation import Explained
from nnstudy.memory.scheduler import Memory, Scheduler, forgetting_curve

LEAST_AHEAD, MOST_AHEAD = 14.0, 3650.0  # days to come
SAMPLES = 400
DAY = timedelta(days=1)


def curve(
    reviews: Sequence[Explained], memory: Memory, scheduler: Scheduler, now: datetime, today: date
) -> Panel | None:
    """The probability of recall from the first review on, and as it will fall if none comes; None without reviews."""
    if not reviews or memory.stability is None:
        return None
    ends = [(one.step.at - now) / DAY for one in reviews]  # days from now: what has been is below 0
    due = float((memory.due_day - today).days) if memory.due_day else 0.0
    ahead = min(MOST_AHEAD, max(LEAST_AHEAD, 1.5 * due, 0.1 * -ends[0]))
    decay = scheduler.policy.parameters[20]
    past = np.unique(np.concatenate([np.linspace(ends[0], 0.0, SAMPLES), [end for end in ends if end <= 0], ends]))
    past = past[past <= max(0.0, ends[-1])]
    came = np.searchsorted(np.array(ends), past, side="right") - 1
    stabilities = [one.after.stability or 0.1 for one in reviews]
    recall = np.array([forgetting_curve(t - ends[n], stabilities[n], decay) for t, n in zip(past, came, strict=True)])
    future = np.linspace(0.0, ahead, SAMPLES // 2)
    falling = np.array([forgetting_curve(max(0.0, t - ends[-1]), memory.stability, decay) for t in future])
    marks: list[Mark] = [Line(past, recall, "recall so far"), Line(future, falling, "if not reviewed", "dashed")]
    for name, good in (("recalled", True), ("again", False)):
        at, likely = _asked(reviews, ends, good)
        marks += [Points(at, likely, name)] if len(at) else []
    marks += [Reference(scheduler.policy.desired_retention, label="aim"), Reference(0.0, axis="x", label="today")]
    if 0 < due <= ahead:
        marks.append(Reference(due, axis="x", label="due"))
    return Panel("Recall of this card", "days from today", "probability of recall", tuple(marks))


def _asked(reviews: Sequence[Explained], ends: Sequence[float], good: bool) -> tuple[Array, Array]:
    """When it was asked, and the recall that was likely then."""
    asked = [
        (end, one.retrievability)
        for end, one in zip(ends, reviews, strict=True)
        if one.retrievability is not None and (one.step.rating > 1) == good
    ]
    return np.array([end for end, _ in asked]), np.array([likely for _, likely in asked])
