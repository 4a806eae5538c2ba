"""The program in a web browser."""

import builtins
import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from browser import CHROMIUM, pictures
from click.testing import CliRunner
from PIL import Image

from nnstudy.cli import main
from nnstudy.serve import is_local, is_ours


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("served") / "home"


@pytest.fixture(scope="module")
def served(home):
    """The address of a server that really runs, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home.with_name("serve.log")
    environment = {**os.environ, "NNSTUDY_HOME": str(home)}
    with log.open("w") as out:
        command = [sys.executable, "-m", "nnstudy", "serve", "--port", str(port)]
        server = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            _wait(lambda: "nnstudy is on" in log.read_text() or server.poll() is not None)
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(condition, limit=30):
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)


def fetch(url, **headers):
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:  # it says where it is a moment before it listens there
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def test_the_page_comes_and_needs_nothing_from_elsewhere(served):
    page = fetch(served)
    assert "<title>nnstudy</title>" in page
    assert "//" not in re.sub(r'"wss?://"', "", page), "the page asks another server"
    for asked in re.findall(r'(?:src|href)="(/[^"]+)"|url\("(/[^"]+)"\)', page):
        assert urllib.request.urlopen(served + "".join(asked)).status == 200


def test_a_page_of_another_site_is_refused(served):
    assert fetch(served)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(served + "/ws", **headers)
        assert refused.value.code == 403


def shades(picture):
    return len(Image.open(io.BytesIO(picture)).convert("L").getcolors(256))


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed here to open the page with")
def test_a_browser_sees_the_first_screen(served, home, tmp_path):
    fetch(served)
    began = "document.body.classList.contains('-first-byte')"
    (seen,) = pictures(served, tmp_path, began, ("screen", "light"), shown=lambda picture: shades(picture) > 30)
    assert (home / "nnstudy.db").is_file(), "the program that the page starts has another folder"
    assert shades(seen) > 30, "nothing stands on the page but its ground"
    if folder := os.environ.get("NNSTUDY_PICTURES"):  # for a person who wants to look
        Path(folder, "serve.png").write_bytes(seen)


def test_who_may_ask():
    assert is_ours(None, "127.0.0.1:8000", "127.0.0.1")
    assert is_ours("http://localhost:8000", "localhost:8000", "127.0.0.1")
    assert not is_ours("http://elsewhere.example", "localhost:8000", "127.0.0.1")
    assert not is_ours("http://localhost:9000", "localhost:8000", "127.0.0.1")
    assert not is_ours(None, "elsewhere.example:8000", "127.0.0.1")
    assert is_ours("http://study.lan:8000", "study.lan:8000", "0.0.0.0")
    assert is_local("127.0.0.2")
    assert not is_local("0.0.0.0")


def test_what_is_missing_is_said_with_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.startswith("textual_serve"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    done = CliRunner().invoke(main, ["serve"])
    assert done.exit_code == 1
    assert "pip install '.[serve]'" in done.output


def test_a_port_that_is_taken_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = CliRunner().invoke(main, ["serve", "--port", str(taken.getsockname()[1])])
    assert done.exit_code == 1
    assert "choose another" in done.output
