"""What both the library and the sheet of one card do to cards: the keys, and the thread in which it is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from textual import work
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from nnstudy.errors import StudyError
from nnstudy.insight.shelf import Alike, Leaf, why_due
from nnstudy.notes.prompts import in_a_line
from nnstudy.reviewing.deeds import Deeds, aim_of, day_of
from nnstudy.store.records import CardText, StoredCard
from nnstudy.store.store import Store
from nnstudy.study import Study
from nnstudy.tui.bindings import named
from nnstudy.words import FLAGS, plural, shorten, visible

Deed = Callable[[Deeds, Sequence[str]], tuple[int, str]]  # how many cards changed, and what was done to them
DEED_KEYS = [
    Binding("s", "suspend", "Suspend"),
    Binding("b", "bury", "Bury", show=False),
    Binding("x", "anew", "Reset", show=False),
    Binding("d", "due", "Due"),
    Binding("t", "aim", "Retention", show=False),
    Binding("e", "experiment", "Experiment", show=False),
    Binding("f", "flag", "Flag"),
    Binding("m", "write('mnemonic')", "Mnemonic", show=False),
    Binding("c", "write('comment')", "Comment", show=False),
    Binding("l", "relink", "Link", show=False),
    Binding("u", "undo", "Undo"),
]


class DeedScreen(Screen[None]):
    """A screen with chosen cards; `chosen` gives how a thread finds their ids, `card` the one under the cursor."""

    study: Study
    _busy = False

    @dataclass
    class Done(Message):
        """A deed is done, or `trouble` says why not; `said` may name keys."""

        said: str
        trouble: str = ""

    @dataclass
    class Likened(Message):
        """The cards were found that a retired one may be."""

        card: StoredCard
        alike: list[Alike]

    def chosen(self) -> Callable[[Store], Sequence[str]] | None:
        """How the chosen cards are found in a database; None when there is none."""
        return None

    def chosen_card(self) -> StoredCard | None:
        """The card whose present words are shown before they are changed; None for several."""
        return None

    def cards_changed(self) -> None:
        """Read anew what the screen shows."""

    def notes_changed(self) -> None:
        """Notes were read again."""
        self.cards_changed()

    def say(self, text: str, style: str = "dim") -> None:
        """Say something in a line."""
        self.query_one("#message", Static).update(Content.styled(visible(text), style))

    def why(self, leaf: Leaf) -> Content:
        """Why a card is due when it is; of a retired one, what can be done with it."""
        link = named(self, " {relink} gives it to a card in use.") if leaf.card.retired else ""
        return Content(visible(why_due(leaf, self.study.today())) + link)

    def do(self, deed: Deed) -> None:
        """Do something to the chosen cards, in a thread."""
        found = self.chosen()
        if found is None:
            self.say("no card is chosen")
        elif self._busy:
            self.say("one moment: the last deed is still being done")
        else:
            self._busy = True
            self._do(found, deed)

    @work(thread=True, group="deeds", exit_on_error=False)
    def _do(self, found: Callable[[Store], Sequence[str]], deed: Deed) -> None:
        try:
            with closing(Store(self.study.store.path)) as store:
                cards = found(store)
                changed, what = deed(self.study.deeds(store), cards)
        except StudyError as trouble:
            self.post_message(self.Done("", str(trouble)))
            return
        left = f", {len(cards) - changed} left as they are" if changed and changed < len(cards) else ""
        said = f"{plural(changed, 'card')} {what}{left}; {{undo}} takes it back" if changed else "nothing to change"
        self.post_message(self.Done(said))

    def on_deed_screen_done(self, message: Done) -> None:
        message.stop()
        self._busy = False
        self.say(message.trouble or named(self, message.said), "bold $text-error" if message.trouble else "dim")
        self.study.notes_changed()
        self.cards_changed()

    # --- the keys -------------------------------------------------------------------------------------------------

    def action_suspend(self) -> None:
        self.do(_suspend)

    def action_bury(self) -> None:
        self.do(_bury)

    def action_anew(self) -> None:
        self.do(lambda deeds, cards: (deeds.start_anew(cards), "new again"))

    def action_due(self) -> None:
        today = self.study.today()
        hint = "a day such as 2026-12-01, or 7 (days from now), 2w, tomorrow, today; it counts until the next review"
        self._ask("Due date", hint, "", lambda text: day_of(text, today), self._reschedule)

    def _reschedule(self, text: str) -> None:
        day = day_of(text, self.study.today())
        self.do(lambda deeds, cards: (deeds.reschedule(cards, day), f"due {day}"))

    def action_aim(self) -> None:
        card = self.chosen_card()
        text = card.said.get("desired_retention", "") if card else ""
        hint = f"0.9 or 90 %; empty: that of the note, or {self.study.settings.desired_retention:g} of the settings"
        self._ask("Desired retention", hint, text, aim_of, self._aim)

    def _aim(self, text: str) -> None:
        aim = aim_of(text)
        what = "as their notes and the settings have it" if aim is None else f"with a desired retention of {aim:g}"
        self.do(lambda deeds, cards: (deeds.aim(cards, aim), what))

    def _ask(self, title: str, hint: str, text: str, read: Callable[[str], object], act: Callable[[str], None]) -> None:
        from nnstudy.tui.screens.ask import AskScreen

        self.app.push_screen(AskScreen(title, hint, text, read), lambda text: None if text is None else act(text))

    def action_flag(self) -> None:
        from nnstudy.tui.screens.pick import PickScreen

        names = [*FLAGS, None]
        lines = [*(f"{sign} {name}" for name, sign in FLAGS.items()), "  no flag"]

        def flag(place: int | None) -> None:
            if place is not None:
                what = f"flagged {names[place]}" if names[place] else "without a flag"
                self.do(lambda deeds, cards: (deeds.flag(cards, names[place]), what))

        self.app.push_screen(PickScreen("Flag", lines), flag)

    def action_experiment(self) -> None:
        from nnstudy.tui.screens.pick import PickScreen

        experiments = list(self.study.experiments().values())
        names = [None, "", *(one.name for one in experiments)]
        lines = ["that of their section", "none", *(one.title for one in experiments)]

        def use(place: int | None) -> None:
            if place is not None:
                what = f"with the experiment: {lines[place]}"
                self.do(lambda deeds, cards: (deeds.use_experiment(cards, names[place]), what))

        self.app.push_screen(PickScreen("Experiment", lines), use)

    def action_write(self, what: str) -> None:
        from nnstudy.tui.screens.ask import WriteScreen

        card = self.chosen_card()

        def write(text: str | None) -> None:
            if text is not None:
                told = f"with this {what}" if text.strip() else f"without a {what}"
                self.do(lambda deeds, cards: (deeds.write(cards, what, text), told))

        self.app.push_screen(WriteScreen(what.capitalize(), card.said.get(what, "") if card else ""), write)

    def action_relink(self) -> None:
        """Let a card in use be a retired one, and go on with its history: first find which it may be."""
        card = self.chosen_card()
        if card is None or not card.retired:
            self.say("that is for a retired card, whose history another one is to have: is:retired finds them")
        elif not self._busy:
            self._busy = True
            self.say("looking for the card that it may be …")
            self._find_alike(card)

    @work(thread=True, group="deeds", exit_on_error=False)
    def _find_alike(self, card: StoredCard) -> None:
        with closing(Store(self.study.store.path)) as store:
            self.post_message(self.Likened(card, self.study.shelf(store).alike(card)))

    def on_deed_screen_likened(self, message: Likened) -> None:
        from nnstudy.tui.screens.pick import ROOM, PickScreen

        message.stop()
        self._busy, card = False, message.card
        self.say("" if message.alike else "there is no card that it could be")
        lines = [shorten(f"{one.share:3.0f} %  {_in_a_line(one.card)}", ROOM) for one in message.alike]

        def link(place: int | None) -> None:
            if place is not None:
                self._relink(card, message.alike[place].card)

        if lines:
            asked = shorten(in_a_line(card.prompt, card.section), 40)
            self.app.push_screen(PickScreen(f"Which card is now: {asked}", lines), link)

    def _relink(self, card: StoredCard, present: CardText) -> None:
        try:
            self.study.relink(card.id, present.id)
        except StudyError as trouble:
            self.say(str(trouble), "bold $text-error")
            return
        self.study.notes_changed()
        self.say(named(self, "it goes on with its history; {undo} takes it back"))
        self.cards_changed()

    def action_undo(self) -> None:
        if not self._busy:
            self._busy = True
            self._undo()

    @work(thread=True, group="deeds", exit_on_error=False)
    def _undo(self) -> None:
        try:
            with closing(Store(self.study.store.path)) as store:
                undone = self.study.deeds(store).undo()
        except StudyError as trouble:
            self.post_message(self.Done("", str(trouble)))
            return
        said = f"taken back: {undone.told}" if undone else "nothing to undo"
        self.post_message(self.Done(said))


def _in_a_line(card: CardText) -> str:
    where, line = card.section[-1] if card.section else card.note, in_a_line(card.prompt, card.section)
    return line if line.startswith(where) else f"{where} › {line}"


def _suspend(deeds: Deeds, cards: Sequence[str]) -> tuple[int, str]:
    """Suspend; where all are suspended already, ask them again."""
    if changed := deeds.suspend(cards):
        return changed, "suspended"
    return deeds.suspend(cards, suspended=False), "asked again"


def _bury(deeds: Deeds, cards: Sequence[str]) -> tuple[int, str]:
    if changed := deeds.bury(cards):
        return changed, "buried until tomorrow"
    return deeds.bury(cards, buried=False), "asked today again"
