"""What is ticked at the reveal, and the grade that it proposes beside the prediction's."""

import pytest
from support import text
from textual.pilot import Pilot

from nnstudy import Rating, Study
from nnstudy.tui.app import StudyApp
from nnstudy.tui.widgets.checklist import Checklist, proposed
from nnstudy.tui.widgets.grades import GradeBar
from nnstudy.tui.widgets.prose import prose

NOTE = """---
lang: en
derived_cards: list, recall
---
# Dropout

Its effects on [bold]nobody[/bold]:

- robust units
- slower \x1b[31mtraining
- smaller weights
- more noise
"""


@pytest.fixture
def study(tmp_path, clock):
    path = tmp_path / "n.md"
    path.write_text(NOTE, encoding="utf-8")
    with Study.open(tmp_path / "home", now=clock) as opened:
        opened.add(path)
        yield opened


def test_the_share_that_was_ticked_proposes_the_grade():
    assert [proposed(n, 5) for n in range(6)] == [1, 1, 1, Rating.HARD, Rating.GOOD, Rating.GOOD]


async def revealed(pilot: Pilot[None], study: Study, kind: str) -> Checklist:
    for card in study.cards():
        if card.kind != kind:
            study.suspend(card)
    pilot.app.screen.ask()
    await pilot.press("space")
    await pilot.pause()
    return pilot.app.screen.query_one(Checklist)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_points_are_ticked_by_keys_and_the_grade_follows(study, size):
    app = StudyApp(study, start="review")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        points = await revealed(pilot, study, "list")
        shown = text(pilot)
        assert "0 of 4" in shown
        assert "☐ robust units" in shown
        assert "\\x1b[31m" in shown
        assert "▸" not in shown
        assert points.has_focus
        await pilot.press("space", "space")
        await pilot.pause()
        assert "☑ robust units" in text(pilot)
        assert "▸ 2 Hard" in text(pilot)
        await pilot.press("down", "space")
        await pilot.pause()
        assert "3 of 4" in text(pilot)
        assert "▸ 2 Hard" in text(pilot)
        await pilot.press("up", "up", "up", "space", "3")
        await pilot.pause()
        assert [review.rating for review in study.store.log.history()] == [Rating.GOOD]


async def test_the_lower_of_both_proposals_counts_and_the_mouse_ticks(study):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await revealed(pilot, study, "recall")
        app.screen.proposed = Rating.HARD
        for row in range(4):
            await pilot.click(Checklist, offset=(4, 1 + row))
        await pilot.pause()
        assert "4 of 4" in text(pilot)
        assert app.screen.query_one(GradeBar)._proposed is Rating.HARD


async def test_the_next_card_begins_with_empty_boxes(study):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("space", "space", "4")
        await pilot.pause()
        assert not pilot.app.screen.query_one(Checklist).display
        await pilot.press("space")
        await pilot.pause()
        assert "0 of" in text(pilot)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("see [the [big] one]([https://a.b](https://a.b)=c), and", "see the big one, and"),
        ("see [[Other note#Its part]] and [[Note|this]]", "see Other note › Its part and this"),
        ("`[l](m)` stays", "[l](m) stays"),
        (
            "\u202eright to left\u202c, zero\u200bwidth, \x1b]8;;x\x07",
            r"\u202eright to left\u202c, zero\u200bwidth, \x1b]8;;x\x07",
        ),
        ("[bold red]text[/] [@click=app.quit]x[/]", "[bold red]text[/] [@click=app.quit]x[/]"),
    ],
)
def test_what_a_note_says_is_shown_and_not_obeyed(written, shown):
    assert prose(written).plain == shown
