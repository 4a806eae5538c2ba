"""What comes, as a calendar: one event for each day on which cards fall due."""

from datetime import timedelta

from nnstudy.history.outgoing import Outgoing
from nnstudy.words import plural

DAYS = 366


def write(out: Outgoing) -> None:
    """An iCalendar file (RFC 5545) of the coming year; read again, it replaces its own events by their ids."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//nnstudy//due cards//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "nnstudy")
    overdue = out.today - timedelta(days=1)
    due = dict(out.store.waiting.due_by_day(out.today, out.today + timedelta(days=DAYS), out.note))
    if late := sum(out.store.waiting.due_by_day(out.today.min, overdue, out.note).values()):
        due[out.today] = due.get(out.today, 0) + late
    for day, count in out.counted(sorted(due.items()), len(due)):
        event = Event()
        event.add("uid", f"due-{day}@nnstudy")
        event.add("dtstamp", out.now)
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", f"{plural(count, 'card')} due")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    out.file.write(calendar.to_ical().decode("utf-8"))
