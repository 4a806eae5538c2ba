"""Today by keys: what it says, and what each line begins."""

import subprocess
import sys

import pytest
from rich.cells import cell_len
from support import review, text, until
from textual.widgets import Input

from nnstudy.errors import StudyError
from nnstudy.insight.agenda import Agenda
from nnstudy.memory.scheduler import Rating
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.minutes import MinutesScreen
from nnstudy.tui.screens.review import ReviewScreen
from nnstudy.tui.screens.today import TodayScreen


@pytest.fixture
def learned(study, clock):
    review(study, clock, Rating.GOOD, seconds=8, most=30)
    clock.pass_by(days=4)
    return study


async def whole(pilot) -> Agenda:
    screen = pilot.app.screen
    await until(pilot, lambda: isinstance(screen, TodayScreen) and screen.agenda and screen.agenda.habit)
    return screen.agenda


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_due_comes_first_then_the_year_and_the_weeks_ahead(learned, size):
    app = StudyApp(learned)
    async with app.run_test(size=size) as pilot:
        found = await whole(pilot)
        shown = text(pilot)
        assert f"{found.due} cards due" in shown
        assert "at your pace, " in shown
        for words in ("Everything", "Small note", "Dropout", "A year of reviews", "longest 1"):
            assert words in shown
        await pilot.press("tab", "end")
        await pilot.pause()
        assert "The coming two weeks" in text(pilot)
        assert "Weakest of what you began" in text(pilot)
        assert "…" not in text(pilot).splitlines()[-1]


@pytest.mark.parametrize("width", [80, 120])
async def test_a_heading_of_wide_letters_keeps_its_numbers_and_moons_in_their_columns(learned, tmp_path, width):
    wide = tmp_path / "wide.md"
    wide.write_text(
        "# 線形代数 🧮\n\n## 固有値と固有ベクトルと特異値分解と主成分分析\n\nQ: Rank?\nA: A dimension.\n",
        encoding="utf-8",
    )
    learned.add(wide)
    app = StudyApp(learned)
    async with app.run_test(size=(width, 40)) as pilot:
        await whole(pilot)
        lines = [line for line in text(pilot).splitlines() if "🌑" in line and " · " in line]
        moons = {cell_len(line[: min(line.index(moon) for moon in "🌕🌗🌑" if moon in line)]) for line in lines}
        assert len(moons) == 1
        assert any("固有値" in line for line in lines)


async def test_before_the_first_review_it_says_so(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        assert "how long it takes shows after the first reviews" in text(pilot)


async def test_enter_begins_with_the_section_under_the_cursor(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        place = next(
            n for n, row in enumerate(app.screen.rows) if row.section and row.section.headings[-1] == "Dropout"
        )
        await pilot.press(*["down"] * place, "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert study.next().section[-1] == "Dropout"
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, TodayScreen))
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert study.session.sections is None


async def test_a_heading_above_takes_the_sections_below_along(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        rows = [row for row in app.screen.rows if row.section]
        assert all(row.section.id in row.sections for row in rows)


async def test_minutes_are_asked_for_and_kept_to(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, MinutesScreen))
        app.screen.query_one(Input).value = "0"
        await pilot.press("enter")
        assert isinstance(app.screen, MinutesScreen)
        app.screen.query_one(Input).value = "0.4"
        count = app.screen.waiting
        await until(pilot, lambda: f"0.4 min: about 2 cards of {count}, as a guess" in text(pilot))
        app.screen.query_one(Input).value = "30"
        await until(pilot, lambda: f"All that waits here, {count} cards, takes about" in text(pilot))
        app.screen.query_one(Input).value = "0.4"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert study.counts().new == 2


async def test_an_undo_says_what_it_took_back(learned):
    learned.deeds().flag([card.id for card in learned.cards()][:2], "red")
    async with StudyApp(learned).run_test(size=(80, 24), notifications=True) as pilot:
        await whole(pilot)
        await pilot.press("u")
        await until(pilot, lambda: "Taken back: the flag of 2 cards." in text(pilot))
        await pilot.press("u")
        await until(pilot, lambda: "the answer of 1 card;" in text(pilot))


async def test_a_cram_says_that_the_schedule_stays(learned):
    before = {card.id: card.memory for card in learned.cards()}
    app = StudyApp(learned)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert "cram, the schedule stays" in text(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "1 Again once more" in text(pilot))
        await pilot.press("3")
        await pilot.pause()
    assert {card.id: card.memory for card in learned.cards()} == before


async def test_a_review_can_start_with_minutes_or_as_a_cram(learned):
    async with StudyApp(learned, start="review", minutes=0.6).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: pilot.app.screen.card)
        assert learned.counts().due == 2  # a card took two answers of eight seconds
    async with StudyApp(learned, start="review", cram=True).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "cram, the schedule stays" in text(pilot))
    with pytest.raises(StudyError, match="minutes"):
        StudyApp(learned, start="review", minutes=-1)


async def test_an_undone_card_comes_first_when_everything_begins(learned):
    card = learned.next()
    learned.answer(card, Rating.GOOD)
    app = StudyApp(learned)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        await pilot.press("u", "enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
        assert app.screen.card.id == card.id


async def test_a_note_folds_and_keeps_the_cursor(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await whole(pilot)
        rows = len(app.screen.rows)
        await pilot.press("down", "space")
        await pilot.pause()
        assert len(app.screen.rows) == 2
        assert "▸ Small note" in text(pilot)
        assert app.screen.row.note is not None
        await pilot.press("space")
        await pilot.pause()
        assert len(app.screen.rows) == rows


async def test_a_count_that_a_newer_one_has_overtaken_is_dropped(learned):
    app = StudyApp(learned)
    async with app.run_test(size=(80, 24)) as pilot:
        found = await whole(pilot)
        app.screen.post_message(TodayScreen.Counted(0, None, "too late"))
        await pilot.pause()
        assert app.screen.agenda is found
        assert "too late" not in text(pilot)


def test_the_screen_loads_nothing_heavy():
    code = "import sys, nnstudy.tui.screens.today; print({'numpy', 'fsrs_rs_python', 'matplotlib'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


async def test_it_is_begun_before_it_is_counted(study, monkeypatch):
    monkeypatch.setattr(study, "agenda_in_steps", lambda: iter(()))
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ReviewScreen))
