"""A page in a real browser: headless Chromium, driven by its DevTools protocol."""

import asyncio
import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


Media = tuple[str, str]  # kind and colour scheme, such as screen and dark


def pictures(
    url: str, folder: Path, until: str, *media: Media, shown: Callable[[bytes], bool] = lambda picture: True
) -> list[bytes]:
    """PNGs of a page, one in each kind of media, as soon as the JavaScript expression `until` is true there.

    What the page draws by and by is waited for until the picture is one on which it is `shown`.
    """
    profile = folder / "browser"
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}",
        "--window-size=1100,700", "--remote-debugging-port=0", "about:blank",
    ]  # fmt: skip
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = profile / "DevToolsActivePort"
        end = time.monotonic() + 60
        while not port.exists() or "\n" not in port.read_text():
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.05)
        return asyncio.run(_pictures(port.read_text().split("\n")[0], url, until, media, shown))
    finally:
        browser.kill()
        browser.wait()


async def _pictures(
    port: str, url: str, until: str, media: Sequence[Media], shown: Callable[[bytes], bool]
) -> list[bytes]:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            pages = [one for one in json.loads(await answer.text()) if one["type"] == "page"]
        async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
            number = 0

            async def ask(method: str, **what: object) -> dict:
                nonlocal number
                number += 1
                await socket.send_json({"id": number, "method": method, "params": what})
                while True:
                    said = await socket.receive_json(timeout=60)
                    if said.get("id") == number:
                        assert "error" not in said, said
                        return said["result"]

            await ask("Page.navigate", url=url)
            end = time.monotonic() + 60
            while not (await ask("Runtime.evaluate", expression=until))["result"].get("value"):
                assert time.monotonic() < end, f"it never came about on the page: {until}"
                await asyncio.sleep(0.05)
            shots = []
            for kind, scheme in media:
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                await ask("Emulation.setEmulatedMedia", media=kind, features=features)
                while True:
                    await ask("Runtime.evaluate", expression=PAINTED, awaitPromise=True)
                    shot = await ask("Page.captureScreenshot", captureBeyondViewport=url.startswith("file:"))
                    picture = base64.b64decode(shot["data"])
                    if shown(picture) or time.monotonic() > end:
                        break
                    await asyncio.sleep(0.2)
                shots.append(picture)
            return shots
