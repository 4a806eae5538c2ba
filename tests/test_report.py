"""The report: one page that needs nothing else."""

import io
import os
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import CHROMIUM, pictures
from PIL import Image
from support import NOTE, Clock

from nnstudy import Rating, Study

EVIL = "<script>alert(1)</script>"


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.asked, self.ids = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("href", "src", "xlink:href", "action", "data"):
                self.asked.append(value)
            if name == "id":
                self.ids.append(value)


def report(study, tmp_path, **what):
    study.export("report", tmp_path / "report.html", **what)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A study with a history, for tests that only read it."""
    folder, clock = tmp_path_factory.mktemp("used"), Clock()
    (folder / "small.md").write_text(NOTE, encoding="utf-8")
    (folder / "evil.md").write_text(f"# Evil {EVIL}\n\n## Part {EVIL}\n\nQ: What?\nA: That.\n", encoding="utf-8")
    with Study.open(folder / "home", now=clock, zone=UTC) as study:
        study.add(folder / "small.md", folder / "evil.md")
        learn(study, clock)
        yield study


@pytest.fixture(scope="module")
def whole(used, tmp_path_factory):
    """The report of all its notes."""
    return report(used, tmp_path_factory.mktemp("whole"))


def learn(study, clock):
    for _ in range(40):
        if (card := study.next()) is None:
            break
        study.answer(card, Rating.GOOD, duration_ms=5000)
        clock.pass_by(minutes=3)
    clock.pass_by(days=20)
    for _ in range(10):
        if (card := study.next()) is not None:
            study.answer(card, Rating.GOOD, duration_ms=5000)
    study.run("momentum", seed=1)


def test_the_page_asks_nobody_and_runs_nothing(whole):
    page = Seen(whole)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert all(asked.startswith("#") for asked in page.asked)
    assert "http" not in whole
    assert "@import" not in whole
    assert "&lt;script&gt;" in whole
    assert len(page.ids) == len(set(page.ids))
    assert {asked[1:] for asked in page.asked} <= set(page.ids)


def test_each_figure_is_described_and_told_in_numbers(whole):
    page = Seen(whole)
    assert page.tags.count("svg") >= 3
    assert whole.count('role="img"') == page.tags.count("svg") == page.tags.count("desc") == page.tags.count("details")
    for title in ("Load to come", "True retention", "The scheduler", "Mastery by section", "Experiments run"):
        assert title in whole
    assert "#0102" not in whole, "a colour that no theme names"
    assert "prefers-color-scheme: dark" in whole
    assert "@media print" in whole


def test_an_empty_history_says_what_is_missing(study, tmp_path):
    text = report(study, tmp_path)
    assert "No card has a due day yet" in text
    assert "No experiment was run yet" in text
    assert "No prediction has come out yet" in text


def test_the_report_of_a_note_speaks_of_it_alone(used, whole, tmp_path):
    one = report(used, tmp_path, note="Small note")
    assert "Small note: report" in one
    assert "Evil" in whole
    assert "Evil" not in one
    assert "No experiment was run yet" in one


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed here to open the page with")
def test_a_browser_shows_it_from_disk_light_dark_and_on_paper(whole, tmp_path):
    alone = "document.readyState == 'complete' && performance.getEntriesByType('resource').length == 0"
    ways, grounds = (("screen", "light"), ("screen", "dark"), ("print", "dark")), {}
    (tmp_path / "report.html").write_text(whole, encoding="utf-8")
    for way, shown in zip(ways, pictures((tmp_path / "report.html").as_uri(), tmp_path, alone, *ways), strict=True):
        name = "-".join(way)
        page = Image.open(io.BytesIO(shown)).convert("L")
        grounds[name] = max(page.getcolors(256) or [(0, 0)])[1]
        if folder := os.environ.get("NNSTUDY_PICTURES"):  # for a person who wants to look
            Path(folder, f"report-{name}.png").write_bytes(shown)
    assert grounds["screen-light"] > 200 > 80 > grounds["screen-dark"]
    assert grounds["print-dark"] == 255, "paper is white, whatever the screen is"
