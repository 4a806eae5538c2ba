"""Formulas on a card: over several lines, within the card's width, as they are written, as images."""

import importlib.util
import os
import re
import sys
from datetime import UTC

import pytest
from support import Clock, Terminal, text, until

from nnstudy import Study
from nnstudy.errors import StudyError
from nnstudy.figures import set_formula
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.formulas import FormulasScreen
from nnstudy.tui.widgets.card import CardView
from nnstudy.tui.widgets.cardtext import room_for_text
from nnstudy.tui.widgets.prose import prose

LONG = (
    r"\log p(x) = -\frac{1}{2}(x-\mu)^\top\Sigma^{-1}(x-\mu) - \frac{d}{2}\log 2\pi"
    r" - \frac{1}{2}\log\det\Sigma + c_1 + c_2"
)
NOTE = rf"""# Formulas

## Products

Q: What is $AB$ when $B = \begin{{bmatrix}} 1 \\ 2 \end{{bmatrix}}$?
A: A vector:
$$
AB = \begin{{pmatrix}} a & b \\ c & d \end{{pmatrix}} \begin{{pmatrix}} 1 \\ 2 \end{{pmatrix}}
$$
and then
$${LONG}$$
"""
PLAIN = "# Plain\n\n## One\n\nQ: What is one?\nA: A number.\n"
needs_images = pytest.mark.skipif(not importlib.util.find_spec("textual_image"), reason="needs the extra image")


@pytest.fixture
def study(tmp_path):
    with Study.open(tmp_path / "home", now=Clock(), zone=UTC) as opened:
        (tmp_path / "formulas.md").write_text(NOTE, encoding="utf-8")
        opened.add(tmp_path / "formulas.md")
        written = next(card for card in opened.cards() if card.kind == "written")
        for card in opened.cards():
            if card.id != written.id:
                opened.suspend(card)
        yield opened


def rows(pilot) -> list[str]:
    return [line.rstrip() for line in text(pilot).split("\n")]


async def test_a_matrix_stands_over_lines_in_the_answer_and_on_one_line_in_a_sentence(study):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: "B = [1; 2]?" in text(pilot))
        await pilot.press("space")
        await until(pilot, lambda: "AB = ⎛a  b⎞⎛1⎞" in text(pilot))
        shown = rows(pilot)
        place = next(i for i, line in enumerate(shown) if "⎛a  b⎞⎛1⎞" in line)
        assert shown[place].index("⎛a") == shown[place + 1].index("⎝c")
        assert "⎝c  d⎠⎝2⎠" in shown[place + 1]


@pytest.mark.parametrize("width", [80, 60, 120])
async def test_a_wide_formula_is_broken_where_the_card_ends(study, width):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(width, 40)) as pilot:
        await pilot.pause()
        await pilot.press("space")
        await until(pilot, lambda: "log p(x)" in text(pilot))
        await pilot.pause()
        view = app.screen.query_one(CardView)
        lines = prose(view.card.answer, room_for_text(view.scrollable_content_region.width)).plain.split("\n")
        assert max(map(len, lines)) <= view.scrollable_content_region.width - 4
        first = next(line for line in lines if "log p(x)" in line)
        assert first in text(pilot)
        at = lines.index(first)
        assert width == 120 or lines[at + 1].strip()[0] in "−+="


async def test_a_key_shows_the_source_and_the_formula_again(study):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(80, 30)) as pilot:
        await until(pilot, lambda: "B = [1; 2]?" in text(pilot))
        await pilot.press("m")
        await until(pilot, lambda: r"$B = \begin{bmatrix}" in text(pilot))
        await pilot.press("space")
        await until(pilot, lambda: r"\begin{pmatrix}" in text(pilot))
        await pilot.press("m")
        await until(pilot, lambda: "⎛a  b⎞" in text(pilot))


async def test_a_card_without_formulas_says_so(tmp_path):
    with Study.open(tmp_path / "home", now=Clock(), zone=UTC) as study:
        (tmp_path / "plain.md").write_text(PLAIN, encoding="utf-8")
        study.add(tmp_path / "plain.md")
        app = StudyApp(study, start="review")
        async with app.run_test(size=(80, 24), notifications=True) as pilot:
            await pilot.pause()
            for key in "mM":
                await pilot.press(key)
                await until(pilot, lambda: "no formula" in text(pilot))
                app.clear_notifications()
                await pilot.pause()


async def test_where_no_image_can_be_shown_the_key_says_why(study):
    app = StudyApp(study, start="review")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("M")
        await until(pilot, lambda: re.search(r"shows no images|extra `image`", text(pilot)))


@needs_images
async def test_formulas_stand_below_each_other_and_those_that_cannot_be_set_in_letters(study):
    from textual_image.widget import HalfcellImage

    app = StudyApp(study, start="review")
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        app.push_screen(FormulasScreen([r"\frac{1}{2}", r"\begin{bmatrix} 1 \\ 2 \end{bmatrix}"], HalfcellImage))
        await until(pilot, lambda: "cannot set" in text(pilot) and not app.screen.query("#setting"))
        assert "⎡1⎤" in text(pilot)
        picture = app.screen.query_one(HalfcellImage)
        await until(pilot, lambda: (picture.size.width, picture.size.height) == (2, 2), 5)
        assert re.search("[▀▄]", text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, FormulasScreen))


def test_matplotlib_sets_what_it_knows_and_says_so_where_it_does_not():
    one, other = set_formula(r"\frac{1}{1+e^{-x}}", "#ffffff"), set_formula(r"\lVert x\rVert \implies y", "#000000")
    assert one.startswith(b"\x89PNG")
    assert other.startswith(b"\x89PNG")
    assert one != set_formula(r"\frac{1}{1+e^{-x}}", "#000000")
    for bare, braced in (
        (r"\frac12", r"\frac{1}{2}"), (r"\tfrac \pi 2", r"\frac{\pi}{2}"),
        (r"\frac{a^{b_{c}}}x", r"\frac{a^{b_{c}}}{x}"),
        (r"\sqrt2 + \sqrt[3]{x}", r"\sqrt{2} + \sqrt[3]{x}"),
        (r"\mathbb R \boldsymbol\theta", r"\mathbb{R} \mathbf{\theta}"),
        (r"\bigl(x \le y\bigr)", r"(x \leq y)"),
    ):  # fmt: skip
        assert set_formula(bare, "#ffffff") == set_formula(braced, "#ffffff")
    for latex in (r"\begin{bmatrix} 1 \end{bmatrix}", r"\foo", "{", "x" * 10_000):
        with pytest.raises(StudyError):
            set_formula(latex, "#ffffff")


class Kitty(Terminal):
    """A terminal that says it shows images, and keeps what it is sent."""

    sent = b""

    def _received(self, data: bytes) -> None:
        self.sent += data
        if b"\x1b[c" in data:
            os.write(self.fd, b"\x1b[?62c")
        for number in re.findall(rb"\x1b_Gi=(\d+)[^\x1b]*a=q", data):
            os.write(self.fd, b"\x1b_Gi=" + number + b";OK\x1b\\")


@needs_images
@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX pseudo-terminal")
def test_a_terminal_that_shows_images_is_asked_when_one_is_wanted_and_gets_it(study, tmp_path):
    home = study.store.path.parent
    study.close()
    clock = {"NNSTUDY_HOME": str(home), "NNSTUDY_NOW": "2026-03-02T09:00:00Z"}
    terminal = Kitty([sys.executable, "-m", "nnstudy", "review"], clock)
    try:
        terminal.wait(r"B = \[1; 2\]")
        assert b"\x1b_G" not in terminal.sent
        for _ in range(5):  # a busy machine may answer too late for the library's 0.1 s
            terminal.press("M")
            terminal.wait("─ Formulas ─|shows no images")
            if "─ Formulas ─" in terminal.text():
                break
        terminal.until(lambda: b"f=100" in terminal.sent)
        terminal.press("q")
        terminal.press(" ")
        terminal.wait("⎛a  b⎞")
    finally:
        terminal.kill()
