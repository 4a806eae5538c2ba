"""Open questions: asked, answered in drafts, settled, and only then graded."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from support import NOTE, keep, text, until

from nnstudy import Rating, Study, StudyError
from nnstudy.cli import main
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.attach import AttachScreen
from nnstudy.tui.screens.draft import DraftScreen

SMALL = (80, 24)
UNSURE = "I don't understand why noise in the hidden units should help at all."


@pytest.fixture
def unsure(study, note_file):
    """The id of the card that the small note's open question makes."""
    note_file.write_text(NOTE + f"\n## Doubts\n\n{UNSURE}\n")
    study.add(note_file)
    (card,) = [card for card in study.cards() if card.kind == "open"]
    return card.id


def answer_all(study, clock) -> int:
    for answers in range(500):
        if (card := study.next()) is None:
            return answers
        study.answer(card, Rating.EASY)
        clock.pass_by(seconds=20)
    raise AssertionError("it never ends")


def test_an_open_question_is_neither_due_nor_new_nor_graded(study, clock, unsure):
    assert study.due().new == len(study.cards()) - 1
    assert sum(section.new for section in study.sections()) == len(study.cards()) - 1
    assert answer_all(study, clock) == len(study.cards()) - 1
    assert study.open_question().id == unsure
    with pytest.raises(StudyError, match="still open"):
        study.answer(unsure, Rating.GOOD)
    assert study.rebuild() == 0


def test_a_draft_rests_for_a_week_and_a_skipped_question_until_tomorrow(study, clock, unsure):
    study.bury(unsure)
    assert study.open_question() is None
    clock.pass_by(days=1)
    assert study.open_question().id == unsure
    study.drafts.add(unsure, " It averages many networks. ")
    clock.pass_by(days=6)
    assert study.open_question() is None
    clock.pass_by(days=1)
    assert study.open_question().id == unsure
    (draft,) = study.drafts.question(unsure).drafts
    assert (draft.text, draft.device) == ("It averages many networks.", study.settings.device_name)


def test_a_settled_question_is_reviewed_with_the_draft_as_its_answer(study, clock, note_file, unsure):
    run = keep(study, "divergence", 1)
    first = study.drafts.add(unsure, "It averages many networks.", [run.id])
    clock.pass_by(days=8)
    study.drafts.add(unsure, "It is a penalty on the weights.")
    assert study.settle(unsure, first.id).settled
    card = study.card(unsure)
    assert (card.answer, card.is_open, card.memory.state) == ("It averages many networks.", False, "new")
    assert study.drafts.question(unsure).drafts[0].runs == (run.id,)
    study.answer(unsure, Rating.GOOD)
    note_file.write_text(note_file.read_text() + "\nOne more line.\n")
    assert unsure in study.add(note_file)[0].kept
    assert study.card(unsure).answer == "It averages many networks."
    assert next(study.history(unsure)).wording == card.wording
    assert study.rebuild() == 0


def test_an_answer_can_be_taken_back(study, unsure):
    study.drafts.add(unsure, "Because.")
    study.settle(unsure)
    study.drafts.reopen(unsure)
    card = study.card(unsure)
    assert (card.is_open, card.answer) == (True, "")
    assert len(study.drafts.question(unsure).drafts) == 1
    study.settle(unsure)
    assert study.card(unsure).answer == "Because."


def test_the_tables_give_the_state_back(study, unsure):
    study.drafts.add(unsure, "Because.")
    study.settle(unsure)
    study.store.connection.execute("UPDATE card SET settled_by = NULL WHERE id = ?", (unsure,))
    assert study.rebuild() == 1
    assert study.card(unsure).answer == "Because."
    for table in ("draft", "settlement"):
        with pytest.raises(Exception, match="append-only"):
            study.store.connection.execute(f"DELETE FROM {table}")


def test_a_reworded_question_keeps_its_drafts(study, note_file, unsure):
    study.drafts.add(unsure, "Because.")
    note_file.write_text(note_file.read_text().replace("should help at all", "helps"))
    assert unsure in study.add(note_file)[0].edited
    assert len(study.drafts.question(unsure).drafts) == 1


def test_what_cannot_be_kept_is_said(study, unsure):
    other = next(card.id for card in study.cards() if card.kind != "open")
    for act in (
        lambda: study.drafts.add(unsure, "  "),
        lambda: study.drafts.add(unsure, "x" * 200_000),
        lambda: study.drafts.add(unsure, "x", ["no run"]),
        lambda: study.drafts.add(other, "x"),
        lambda: study.settle(unsure),
        lambda: study.settle(unsure, "no draft"),
        lambda: study.drafts.reopen(unsure),
    ):
        with pytest.raises(StudyError):
            act()
    assert study.drafts.question(unsure).drafts == ()


def test_the_commands_list_write_and_settle(tmp_path, note_file, monkeypatch):
    note_file.write_text(NOTE + f"\n{UNSURE}\n")
    with Study.open() as study:
        study.add(note_file)

    def run(*arguments: str, **what: str) -> str:
        done = CliRunner().invoke(main, list(arguments), **what)
        assert done.exit_code == 0, done.output
        return done.output

    (question,) = json.loads(run("open", "--json"))
    assert (question["settled"], question["drafts"]) == (False, [])
    run("open", question["id"], "--draft", "-", input="From what I read,\nnoise is a penalty.\n")
    (tmp_path / "answer.md").write_text("It is a penalty.")
    assert "settled, 2 drafts" in run("open", question["id"], "--draft", str(tmp_path / "answer.md"), "--settle")
    (question,) = json.loads(run("open", "--json"))
    assert (question["settled"], question["answer"]) == (True, "It is a penalty.")
    assert "open, 2 drafts" in run("open", question["id"], "--reopen")
    assert CliRunner().invoke(main, ["open", "--settle"]).exit_code == 2


# --- the screen ----------------------------------------------------------------------------------------------------


async def test_the_review_asks_it_last_and_takes_a_draft(study, clock, unsure):
    answer_all(study, clock)
    async with StudyApp(study).run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "1 open question" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "noise in the hidden units" in text(pilot))
        assert "w write a draft" in text(pilot)
        await pilot.press("3")
        assert study.store.log.size() == len(study.cards()) - 1
        await pilot.press("space")
        await until(pilot, lambda: "No draft yet" in text(pilot))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftScreen))
        await pilot.press("ctrl+s")
        assert isinstance(pilot.app.screen, DraftScreen), "an empty draft is not kept"
        await pilot.press(*"Why", "space", *"not?", "ctrl+s")
        await until(pilot, lambda: study.drafts.question(unsure).drafts)
        assert study.drafts.question(unsure).drafts[0].text == "Why not?"


async def test_a_draft_is_gone_on_with_and_settled(study, clock, unsure):
    study.drafts.add(unsure, "Noise is")
    answer_all(study, clock)
    clock.pass_by(days=7)
    while study.next():
        study.suspend(study.next())
    async with StudyApp(study, start="review").run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "open question" in text(pilot))
        await pilot.press("space")
        await until(pilot, lambda: "Noise is" in text(pilot))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftScreen))
        await pilot.press("escape")
        await pilot.pause()
        assert len(study.drafts.question(unsure).drafts) == 1
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftScreen))
        await pilot.press("space", *"good", "ctrl+t")
        await until(pilot, lambda: study.card(unsure).settled)
        assert study.card(unsure).answer == "Noise is good"
        await until(pilot, lambda: pilot.app.screen.card is not None and pilot.app.screen.card.id == unsure)
        assert "space reveals" in text(pilot)


def test_what_was_settled_is_asked_today(study, clock, unsure):
    study.drafts.add(unsure, "Because.")
    study.settle(unsure)
    assert unsure in {card.id for card in study.cards() if not card.is_open}
    assert study.due().new == len(study.cards())
    assert study.summary(clock() - timedelta(hours=1)).answers == 0


def test_a_review_asks_what_another_program_settled_or_added_meanwhile(study, clock, unsure, note_file):
    answer_all(study, clock)
    assert study.next() is None
    with Study.open(study.folder, now=clock, zone=study.zone) as other:
        other.drafts.add(unsure, "Because.")
        other.settle(unsure)
        assert study.next().id == unsure
        study.answer(unsure, Rating.EASY)
        assert study.next() is None
        note_file.write_text(note_file.read_text() + "\nQ: One more?\nA: Yes.\n")
        (report,) = other.add(note_file)
        assert report.new
        assert study.next().id in report.new


async def test_drafts_that_are_longer_than_the_screen_are_scrolled_by_keys(study, unsure):
    study.drafts.add(unsure, "\n\n".join(f"paragraph {number}" for number in range(40)))
    async with StudyApp(study).run_test(size=SMALL) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: "paragraph 0" in text(pilot))
        await pilot.press("r")
        await until(pilot, lambda: "it is open already; t settles it" in text(pilot))
        await pilot.press("tab", "end")
        await until(pilot, lambda: "paragraph 39" in text(pilot))
        await pilot.press("tab", "t")
        await until(pilot, lambda: study.card(unsure).settled)


async def test_a_long_question_takes_a_line_of_the_list_and_is_read_whole_below(study, note_file):
    asked = (
        "I don't understand why noise in the hidden units should help a network at all when there is plenty of data."
    )
    note_file.write_text(NOTE + f"\n## Doubts\n\n{asked}\n")
    study.add(note_file)
    async with StudyApp(study).run_test(size=SMALL) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: "I don't understand" in text(pilot))
        above, _, below = text(pilot).partition("────")
        (line,) = (line for line in above.splitlines() if "noise" in line or "plenty of data" in line)
        assert line.rstrip().endswith("…")
        assert asked in " ".join(below.split())


async def test_it_all_works_with_the_mouse(study, clock, unsure):
    answer_all(study, clock)
    async with StudyApp(study, start="review").run_test(size=SMALL) as pilot:
        await until(pilot, lambda: "w write a draft" in text(pilot))
        await pilot.click("#grades", offset=(10, 0))
        await until(pilot, lambda: isinstance(pilot.app.screen, DraftScreen))
        await pilot.press(*"Yes")
        lines = text(pilot).split("\n")
        row = next(n for n, line in enumerate(lines) if "ctrl+s keep" in line)
        await pilot.click(offset=(lines[row].index("ctrl+t settle") + 2, row))
        await until(pilot, lambda: study.card(unsure).settled)


@pytest.mark.parametrize("from_review", [False, True])
async def test_runs_are_ticked_for_a_draft_shown_with_it_and_carried_on(study, clock, unsure, from_review):
    runs = [keep(study, "divergence", seed).id for seed in (1, 2)]
    study.runs.rename(study.runs.find(runs[0]), "the telling one")
    if from_review:
        answer_all(study, clock)
    app = StudyApp(study, start="review" if from_review else "today")
    async with app.run_test(size=SMALL) as pilot:
        if not from_review:
            await pilot.press("o")
            await until(pilot, lambda: getattr(app.screen, "questions", None))
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, DraftScreen))
        await pilot.press(*"Noise", "ctrl+r")
        await until(pilot, lambda: isinstance(app.screen, AttachScreen))
        await pilot.press("down", "space", "escape")
        await until(pilot, lambda: "the telling one" in text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not isinstance(app.screen, DraftScreen))
        (draft,) = study.drafts.question(unsure).drafts
        assert draft.runs == (runs[0],)
        if not from_review:
            await until(pilot, lambda: "▸ " in text(pilot) and "the telling one" in text(pilot))
            await pilot.press("w")
            await until(pilot, lambda: isinstance(app.screen, DraftScreen))
            await pilot.press(*"s", "ctrl+s")
            await until(pilot, lambda: "2 drafts" in text(pilot))
            assert [draft.runs for draft in study.drafts.question(unsure).drafts] == [(runs[0],)] * 2
    assert study.rebuild() == 0
