"""All experiments in the order of the notes' topics: what each shows, its last run, its last misconception."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnstudy.lab.experiment import Experiment
from nnstudy.store.run_records import Explored
from nnstudy.study import Study
from nnstudy.tui.bindings import key
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import plural, visible

MOST_TOPICS = 2
NOTHING = Explored(None, "", frozenset())


class ChooseScreen(ModalScreen[str]):
    """Gives the name of the chosen experiment; broken ones are listed with their error and cannot be chosen."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q", "dismiss", "Close"), Binding("s", "surprise", "Surprise me")]

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.laboratory = study.laboratory()
        self.topics = study.store.runs.topics()
        places = {name: place for place, name in enumerate(self.topics)}
        found = self.laboratory.experiments.values()
        self.experiments = sorted(found, key=lambda e: places.get(e.name, len(places)))

    def compose(self) -> ComposeResult:
        explored = self.study.store.runs.explored()
        lines = [self._line(e, explored.get(e.name, NOTHING)) for e in self.experiments]
        lines += [Content.styled(visible(line, keep="\n"), "dim") for line in self._unusable()]
        choices = SparingList(*map(Option, lines), id="experiments", markup=False)
        choices.border_title = "Experiments"
        choices.border_subtitle = Content.from_markup(
            "Enter opens · [@click=screen.surprise]$key surprise me[/] · escape closes", key=key(self, "surprise")
        )
        yield choices

    def _line(self, experiment: Experiment, explored: Explored) -> Content:
        topics = [visible(topic) for topic in self.topics.get(experiment.name, ())]
        of = f"   {' · '.join(topics[:MOST_TOPICS])}{' …' if len(topics) > MOST_TOPICS else ''}"
        title = Content.assemble((visible(experiment.title), "bold"), (of, "$text-primary"))
        line = Content.assemble(title, "\n", (visible(experiment.sentence), "dim"))
        if explored.last_run is not None:
            asked = f", {plural(len(explored.asked), 'question')} answered" if explored.asked else ""
            line += Content.styled(f"\nlast run {self._ago(explored)}{asked}", "$text-accent")
        if explored.misconception:
            line += Content.styled(f"\nlast misconception: {visible(explored.misconception)}", "$text-warning")
        return line

    def _ago(self, explored: Explored) -> str:
        assert explored.last_run is not None
        day = explored.last_run.astimezone().date()
        days = (self.study.now().astimezone().date() - day).days
        if days < 0:  # by a clock that was wrong, here or on another machine
            return f"{day:%d %b %Y}"
        return {0: "today", 1: "yesterday"}.get(days, f"{plural(days, 'day')} ago")

    def _unusable(self) -> Iterator[str]:
        yield from (f"{one.name} is broken\n{one.error} ({one.file})" for one in self.laboratory.broken)
        if notice := self.laboratory.notice:
            yield notice

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        if message.option_index < len(self.experiments):
            self.dismiss(self.experiments[message.option_index].name)
        else:
            self.notify("This one cannot be used as it stands; nothing else is harmed.", timeout=3)

    def action_surprise(self) -> None:
        from nnstudy.tui.screens.surprise import SurpriseScreen

        self.app.push_screen(SurpriseScreen(self.study))
