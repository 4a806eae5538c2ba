"""The card under review as lines that are made ahead, and painted where they differ."""

from datetime import UTC

import pytest
from support import text, until
from textual.geometry import Offset
from textual.selection import Selection

from nnstudy import Study
from nnstudy.memory.intervals import interval_words
from nnstudy.tui.app import StudyApp
from nnstudy.tui.compositor import SparingCompositor
from nnstudy.tui.widgets.cardtext import CardText

NOTE = """# Plain

Q: What is **one** in words that fill a line and a half of the narrow place that they have here?
A: First line.

Q: What is two?
A: Second.

Q: What is three?
A: Third.
"""
WIDE = (120, 40)


@pytest.fixture
def study(tmp_path, clock):
    path = tmp_path / "plain.md"
    path.write_text(NOTE, encoding="utf-8")
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as opened:
        opened.add(path)
        yield opened


async def test_a_reveal_and_a_grade_arrange_nothing_anew(study, monkeypatch):
    arranged, reflow = [], SparingCompositor.reflow
    monkeypatch.setattr(SparingCompositor, "reflow", lambda *given: arranged.append(1) or reflow(*given))
    async with StudyApp(study, start="review").run_test(size=WIDE) as pilot:
        await until(pilot, lambda: pilot.app.screen.ready)
        arranged.clear()
        for shown in ("First line.", "Second."):
            await pilot.press("space")
            await until(pilot, lambda shown=shown: shown in text(pilot))
            await pilot.press("3")
            await until(pilot, lambda shown=shown: shown not in text(pilot))
        assert not arranged


async def test_text_is_selected_from_the_question_into_the_answer(study):
    async with StudyApp(study, start="review").run_test(size=WIDE) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: "First line." in text(pilot))
        screen, card = pilot.app.screen, pilot.app.screen.query_one(CardText)
        x, y = card.region.offset
        _, begin = screen.get_widget_and_offset_at(x + 1 + len("What is "), y + 1)
        row = next(row for row, line in enumerate(text(pilot).split("\n")) if "First line." in line)
        _, end = screen.get_widget_and_offset_at(x + 3 + len("First"), row)
        assert (begin, end) == (Offset(8, 0), Offset(5, 2))
        screen.selections = {card: Selection.from_offsets(begin, end)}
        await pilot.pause()
        words = screen.get_selected_text().split("\n")
        assert words[0].startswith("one in words")
        assert words[-1] == "First"
        colours = {part.text: part.style.bgcolor for part in card.render_line(row - y)}
        assert colours["First"] != colours[" line."]


async def test_what_was_prepared_yesterday_is_worked_out_again(study, clock):
    study.answer(study.next(), 3)
    clock.pass_by(days=4)
    async with StudyApp(study, start="review").run_test(size=WIDE) as pilot:
        await until(pilot, lambda: pilot.app.screen.ready)
        screen = pilot.app.screen
        screen._prepare()
        clock.pass_by(days=40)
        await pilot.press("space")
        await pilot.pause()
        now = {r: interval_words(m, study.now(), study.today()) for r, m in study.preview(screen.card).items()}
        assert screen.grades._intervals == now


async def test_the_grades_are_drawn_for_the_width_that_is_asked_for_not_for_the_present_one(study):
    async with StudyApp(study, start="review").run_test(size=WIDE) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: "4 Easy" in text(pilot))
        bar = pilot.app.screen.grades
        (line,) = bar.draw(bar.state, 60)
        assert "4 Easy" in line.text
