"""The library on the screen: tree, table, search, one card, and every deed with its undo, by keys and by mouse."""

import json
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import NOTE, text, until
from textual.events import Key

from nnstudy import Study
from nnstudy.store.library import Scope
from nnstudy.store.store import Store
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.leaf import LeafScreen
from nnstudy.tui.screens.library import LibraryScreen
from nnstudy.tui.screens.pick import PickScreen
from nnstudy.tui.screens.questions import QuestionsScreen

SIZES = [(80, 24), (120, 40)]


@pytest.fixture
def reviewed(study: Study, clock) -> Study:
    for day in range(4):
        while (card := study.next()) is not None and card.memory.last_day != study.today():
            study.answer(card, 4 if day else 3, duration_ms=4000)
        clock.pass_by(days=2)
    return study


async def opened(pilot) -> LibraryScreen:
    """The library, whole, with the cursor in the table."""
    await pilot.press("b")
    await until(pilot, lambda: isinstance(pilot.app.screen, LibraryScreen))
    screen = pilot.app.screen
    await until(pilot, lambda: screen.shelf.root.children and screen.table.numbers)
    await pilot.press("tab")
    await until(pilot, lambda: screen.table.line is not None and screen.leaf is not None)
    return screen


async def idle(pilot, screen) -> None:
    await until(pilot, lambda: not screen._busy)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_what_waits_is_seen_behind_a_long_heading_in_the_tree(study, tmp_path):
    path = tmp_path / "long.md"
    path.write_text(
        "# 線形代数\n\n## A heading that is much longer than the tree is wide 固有値\n\nQ: Why?\nA: So.\n", "utf-8"
    )
    study.add(path)
    async with StudyApp(study).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("tab", "end", "right")
        await until(pilot, lambda: "A heading that" in text(pilot))
        (line,) = (line for line in text(pilot).splitlines() if "A heading that" in line and "🌑" in line)
        assert "… 1 new" in line[:40]


async def test_numbers_end_where_their_titles_end(reviewed):
    async with StudyApp(reviewed).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: screen.table.line is not None and "review  " in text(pilot))
        title, *rows = (line for line in text(pilot).splitlines() if "5 recall" in line or "review  " in line)
        ends = [title.index(name) + len(name) for name in ("5 recall", "7 lapses")]
        assert rows
        assert all(row[: ends[0]].endswith("%") and row[: ends[1]].endswith("  0") for row in rows)


@pytest.mark.parametrize("size", SIZES)
async def test_tree_table_and_card_stand_there(reviewed, size):
    app = StudyApp(reviewed)
    async with app.run_test(size=size) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: "🌕" in text(pilot) or "🌗" in text(pilot))
        assert "Neurons" in text(pilot)
        await pilot.press("down", "down", "down", "enter")
        screen = app.screen
        await until(pilot, lambda: "1 question" in text(pilot) and screen.table.line is not None)
        assert screen.focused is screen.table
        assert len(screen.table.numbers) < len(reviewed.cards())
        await until(pilot, lambda: "recall falls to 90 %" in " ".join(text(pilot).split()))
        await pilot.press("escape")
        assert screen.focused is screen.shelf
        await pilot.press("q")
        assert not isinstance(app.screen, LibraryScreen)


async def test_cards_are_found_as_one_types_and_sorted(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        whole = len(screen.table.numbers)
        await pilot.press("slash", *"switched")
        await until(pilot, lambda: len(screen.table.numbers) == 1)
        await until(pilot, lambda: screen.table.line and "When is dropout switched off" in screen.table.line.prompt)
        await pilot.press(*' "*(')
        await pilot.pause(0.2)
        assert len(screen.table.numbers) == 1, "what is no word changes nothing"
        await pilot.press("enter", "escape")
        await until(pilot, lambda: len(screen.table.numbers) == whole)
        await pilot.press("1")
        await until(pilot, lambda: screen.table.order == "question")
        first = list(screen.table.numbers)
        await pilot.press("1")
        await until(pilot, lambda: screen.table.descending)
        assert list(screen.table.numbers) == first[::-1]
        await pilot.click(screen.table, offset=(6, 0))
        await until(pilot, lambda: not screen.table.descending)
        assert list(screen.table.numbers) == first


DEEDS = {
    "suspend": (["s"], lambda card: card.suspended),
    "bury": (["b"], lambda card: card.buried_until is not None),
    "reset": (["x"], lambda card: card.memory.state == "new"),
    "due": (["d", *"40", "enter"], lambda card: card.memory.interval >= 40),
    "retention": (["t", *"97%", "enter"], lambda card: card.desired_retention == 0.97),
    "experiment": (["e", "down", "enter"], lambda card: card.experiment is None),
    "flag": (["f", "down", "enter"], lambda card: card.said.get("flag") == "orange"),
    "mnemonic": (["m", *"sum", "ctrl+s"], lambda card: card.said.get("mnemonic") == "sum"),
    "comment": (["c", *"p7", "ctrl+s"], lambda card: card.said.get("comment") == "p7"),
}


async def test_what_is_typed_at_once_after_the_key_of_the_search_stands_in_it(study):
    async with StudyApp(study).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        for key in "/due":
            pilot.app.post_message(Key("slash" if key == "/" else key, key))
        await until(pilot, lambda: screen.query_one("#find").value == "due")


async def test_words_that_stand_elsewhere_only_are_found_there_by_enter(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen) and app.screen.table.numbers)
        screen = app.screen
        await until(pilot, lambda: screen.shelf.root.children)
        whole = len(reviewed.cards())
        await pilot.press("end")
        await until(pilot, lambda: 0 < len(screen.table.numbers) < whole)
        other = next(card for card in reviewed.cards() if card.section != reviewed.cards()[-1].section)
        word = next(word for word in other.prompt.split() if word.isalpha() and _elsewhere_only(reviewed, screen, word))
        await pilot.press("slash", *word)
        await until(pilot, lambda: "Enter finds them" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: screen.table.numbers)
        assert screen.scope.sections is None
        assert screen.focused is screen.table


def _elsewhere_only(study, screen, word):
    day, library = study.today(), study.store.library
    here = Scope(note=screen.scope.note, sections=screen.scope.sections, words=word)
    return not library.find(here, day, "") and library.find(Scope(words=word), day, "")


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_deed_is_done_to_the_marked_cards_and_one_undo_takes_it_back(reviewed, deed):
    keys, holds = DEEDS[deed]
    app = StudyApp(reviewed)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        cards = reviewed.store.library.ids(screen.table.numbers[:2])
        before = [reviewed.card(card) for card in cards]
        assert not any(map(holds, before))
        await pilot.press("space", "space")
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: "2 cards" in text(pilot) and "u takes it back" in " ".join(text(pilot).split()))
        await idle(pilot, screen)
        assert all(holds(reviewed.card(card)) for card in cards)
        assert not holds(reviewed.card(reviewed.store.library.ids(screen.table.numbers[2:3])[0]))
        await pilot.press("u")
        await until(pilot, lambda: "taken back" in text(pilot))
        await idle(pilot, screen)
        assert [reviewed.card(card) for card in cards] == before


async def test_a_whole_section_is_suspended_from_the_tree_and_asked_again(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("tab", "s")
        await until(pilot, lambda: all(card.suspended for card in reviewed.cards()))
        await idle(pilot, screen)
        await pilot.press("s")
        await until(pilot, lambda: not any(card.suspended for card in reviewed.cards()))
        await idle(pilot, screen)


async def test_cards_are_marked_opened_and_flagged_with_the_mouse(reviewed):
    app = StudyApp(reviewed)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.click(screen.table, offset=(0, 2))
        assert screen.table.marked == {screen.table.numbers[1]}
        await pilot.click(screen.table, offset=(10, 3))
        await pilot.click(screen.table, offset=(10, 3))
        await until(pilot, lambda: isinstance(app.screen, LeafScreen))
        await until(pilot, lambda: app.screen.leaf is not None)
        assert app.screen.card == reviewed.store.library.ids(screen.table.numbers[2:3])[0]
        await app.workers.wait_for_complete()


@pytest.mark.parametrize("size", SIZES)
async def test_one_card_is_seen_from_all_sides(reviewed, size):
    app = StudyApp(reviewed)
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LeafScreen) and app.screen.leaf is not None)
        screen = app.screen
        await pilot.press("m", *"a mnemonic", "ctrl+s")
        await until(pilot, lambda: screen.leaf.card.said.get("mnemonic") == "a mnemonic")
        await until(pilot, lambda: "Mnemonic  a mnemonic" in text(pilot))
        await pilot.press("]")
        await until(pilot, lambda: "if not reviewed" in text(pilot))
        assert "days from today" in text(pilot)
        await pilot.press("]")
        await until(pilot, lambda: "; else " in text(pilot))
        await pilot.press("x")
        await until(pilot, lambda: "before it was started anew" in text(pilot))
        await pilot.press("]")
        await until(pilot, lambda: "reviewed" in text(pilot) and "now" in text(pilot))
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await app.workers.wait_for_complete()


async def test_notes_are_added_by_path_and_picked_from_a_folder(study, tmp_path, monkeypatch):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "second.md").write_text(NOTE.replace("Small note", "Second note").replace("notes/small", "notes/second"))
    (folder / "readme.txt").write_text("no note")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("n")
        await until(pilot, lambda: "second.md" in text(pilot))
        assert "readme.txt" not in text(pilot)
        await pilot.press(*"nowhere", "enter")
        await until(pilot, lambda: "does not exist" in text(pilot))
        said = []
        monkeypatch.setattr(screen, "say", lambda text, style="dim": said.append(text))
        await pilot.press("tab", "down", "enter")
        await until(pilot, lambda: len(study.notes()) == 2)
        await until(pilot, lambda: "1 of 1 note read …" in said)
        await idle(pilot, screen)
        await until(pilot, lambda: len(screen.shelf.root.children) == 2)


async def test_open_questions_are_drafted_settled_and_reopened(study, tmp_path):
    note = tmp_path / "open.md"
    note.write_text("# Puzzles\n\n## Noise\n\nI don't understand why noise helps at all.\n")
    study.add(note)
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, QuestionsScreen) and app.screen.questions)
        assert "1 open, 0 settled" in text(pilot)
        assert "Puzzles" in text(pilot)
        await pilot.press("w", *"It is a penalty.", "ctrl+s")
        await until(pilot, lambda: "1 draft, last 2026-03-02" in text(pilot))
        await pilot.press("w", "ctrl+s")
        await until(pilot, lambda: "2 drafts" in text(pilot))
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.press("enter")
        await until(pilot, lambda: "0 open, 1 settled" in text(pilot))
        assert "✓ the answer" in text(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "1 open, 0 settled" in text(pilot))
        await app.workers.wait_for_complete()


def test_no_search_raises_and_each_finds_what_begins_with_its_words(study):
    cards = {card.id: card for card in study.cards()}
    library, day = study.store.library, study.today()

    syntax = st.sampled_from(['"', "a OR", "NEAR(", "x*", "-", "a AND b", "prompt:x", "^a", "flag:%", "is:due", "\0"])

    @settings(max_examples=150, deadline=None)
    @given(st.text(alphabet=st.characters(), max_size=24) | syntax)
    def any_text(words: str) -> None:
        library.find(Scope(words=words), day, "")

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(sorted(cards)), st.data())
    def own_words(card: str, data: st.DataObject) -> None:
        found = cards[card]
        texts = f"{found.prompt} {found.answer} {json.dumps(found.section)}"
        word = data.draw(st.sampled_from([w for w in texts.split() if any(c.isalnum() for c in w)]))
        numbers = library.find(Scope(words=word.upper()), day, "")
        assert card in library.ids(numbers)

    any_text()
    own_words()


def test_the_words_of_a_card_are_found_after_it_was_edited_and_its_section_renamed(study, note_file):
    def found(words: str) -> int:
        return len(study.store.library.find(Scope(words=words), study.today(), ""))

    assert found("perceptron") == 0
    assert found("dropout") > 1
    note_file.write_text(NOTE.replace("What does a neuron", "What does a perceptron").replace("## Dropout", "## Noise"))
    study.add(note_file)
    assert found("perceptron") == 1
    assert found("noise switched") == 1, "one word of the heading, one of the prompt"
    with closing(Store(study.store.path)) as store:
        for table in ("wording_search", "section_search"):
            store.connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")


@pytest.mark.parametrize("size", SIZES)
async def test_retired_cards_stand_there_with_their_history_and_are_linked(reviewed, size, note_file):
    lost = next(card for card in reviewed.cards() if "switched off" in card.prompt)
    text_now = NOTE.replace("Q: When is dropout switched off?\nA: When the network is used.\n", "")
    note_file.write_text(text_now)
    reviewed.add(note_file)
    assert reviewed.card(lost.id).retired
    note_file.write_text(text_now + "\n## At work\n\nQ: In use, what happens to the random masks?\nA: They are gone.\n")
    reviewed.add(note_file)
    (found,) = [card for card in reviewed.cards() if "random masks" in card.prompt]
    app = StudyApp(reviewed)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot)
        assert all(card.id != lost.id for card in reviewed.cards())
        await pilot.press("tab", "end")
        await until(pilot, lambda: "Retired cards 1" in text(pilot))
        await until(pilot, lambda: len(screen.table.numbers) == 1)
        await pilot.press("enter")
        await until(pilot, lambda: screen.leaf and screen.leaf.card.id == lost.id)
        await until(pilot, lambda: "l gives it to a card in use" in " ".join(text(pilot).split()))
        assert "retired" in text(pilot)
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        place = next(n for n, line in enumerate(app.screen.lines) if "random masks" in line)
        await pilot.press(*["down"] * place, "enter")
        await until(pilot, lambda: "goes on with its history" in text(pilot))
        await idle(pilot, screen)
    now = reviewed.card(lost.id)
    assert not now.retired
    assert "random masks" in now.prompt
    assert now.memory == lost.memory
    assert [card.id for card in reviewed.cards(retired=True)] == [found.id]  # it had no history: both changed places


def test_the_search_finds_retired_cards_only_where_it_is_asked_for_them(reviewed, note_file):
    whole = len(reviewed.cards())
    note_file.write_text(NOTE.split("## Dropout")[0])
    reviewed.add(note_file)
    library, day = reviewed.store.library, reviewed.today()
    retired = library.find(Scope(retired=True), day, "")
    assert retired == library.find(Scope(words="is:retired"), day, "")
    assert len(retired) + len(library.find(Scope(), day, "")) == whole
    assert {line.retired for line in library.lines(retired)} == {True}
    assert library.find(Scope(words="switched"), day, "") == []
    assert len(library.find(Scope(words="switched is:retired"), day, "")) == 1
