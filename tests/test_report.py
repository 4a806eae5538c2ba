"""The report: one page that needs nothing else."""

import io
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import CHROMIUM, picture
from PIL import Image

from nnstudy.memory.scheduler import Rating

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


@pytest.fixture
def used(study, clock, tmp_path):
    note = tmp_path / "evil.md"
    note.write_text(f"# Evil {EVIL}\n\n## Part {EVIL}\n\nQ: What?\nA: That.\n", encoding="utf-8")
    study.add(note)
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
    return study


def test_the_page_asks_nobody_and_runs_nothing(used, tmp_path):
    text = report(used, tmp_path)
    page = Seen(text)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert all(asked.startswith("#") for asked in page.asked)
    assert "http" not in text
    assert "@import" not in text
    assert "&lt;script&gt;" in text
    assert len(page.ids) == len(set(page.ids))
    assert {asked[1:] for asked in page.asked} <= set(page.ids)


def test_each_figure_is_described_and_told_in_numbers(used, tmp_path):
    text = report(used, tmp_path)
    page = Seen(text)
    assert page.tags.count("svg") >= 3
    assert text.count('role="img"') == page.tags.count("svg") == page.tags.count("desc") == page.tags.count("details")
    for title in ("Load to come", "True retention", "The scheduler", "Mastery by section", "Experiments run"):
        assert title in text
    assert "#0102" not in text, "a colour that no theme names"
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_an_empty_history_says_what_is_missing(study, tmp_path):
    text = report(study, tmp_path)
    assert "No card has a due day yet" in text
    assert "No experiment was run yet" in text
    assert "No prediction has come out yet" in text


def test_the_report_of_a_note_speaks_of_it_alone(used, tmp_path):
    whole, one = report(used, tmp_path), report(used, tmp_path, note="Small note")
    assert "Small note: report" in one
    assert "Evil" in whole
    assert "Evil" not in one
    assert "No experiment was run yet" in one


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed here to open the page with")
def test_a_browser_shows_it_from_disk_light_dark_and_on_paper(used, tmp_path):
    report(used, tmp_path)
    alone = "document.readyState == 'complete' && performance.getEntriesByType('resource').length == 0"
    grounds = {}
    for media in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
        name = "-".join(media)
        shown = picture((tmp_path / "report.html").as_uri(), tmp_path / name, alone, media)
        page = Image.open(io.BytesIO(shown)).convert("L")
        grounds[name] = max(page.getcolors(256) or [(0, 0)])[1]
        if folder := os.environ.get("NNSTUDY_PICTURES"):  # for a person who wants to look
            Path(folder, f"report-{name}.png").write_bytes(shown)
    assert grounds["screen-light"] > 200 > 80 > grounds["screen-dark"]
    assert grounds["print-dark"] == 255, "paper is white, whatever the screen is"
