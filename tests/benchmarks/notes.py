"""What reading notes costs, on a made-up collection that has every oddity of real ones.

Run it with ``python tests/benchmarks/notes.py``; it prints Markdown tables of ratios. The collection is the same each
time: some 300 notes, 3 MB, 5,000 sections, 4,000 formulas, in English and Italian, a third of them damaged somehow.
"""

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from markdown_it import MarkdownIt

from nnstudy.notes.cards import make_cards
from nnstudy.notes.note import read_note
from nnstudy.notes.source import read_source

WORDS = {
    "en": "the of a to in is that network layer weight loss gradient function which model data sample variance and "
    "it with for as not but each unit input output when rate small large mean error training test point line learns",
    "it": "il la di che un una per con non è rete strato peso perdita gradiente funzione modello dati campione "
    "varianza e si come ma ogni unità ingresso uscita quando tasso piccolo grande media errore perché più così però "
    "retta impara",
}
FORMULAS = (
    r"\frac{1}{1+e^{-x}}", r"\sum_{i=1}^{n} w_i x_i + b", r"\nabla_\theta L(\theta)", r"\mathbb{E}[X] = \mu",
    r"\lVert W x \rVert_2^2", r"\int_0^\infty e^{-t}\,dt", r"\sigma(z)", r"p(x \mid y) = \frac{p(y \mid x) p(x)}{p(y)}",
)  # fmt: skip


def sentence(rng: random.Random, language: str) -> str:
    """Words of the language with a full stop; now and then a bold term, a formula, a link or code among them."""
    words = rng.choices(WORDS[language].split(), k=rng.randint(7, 22))
    for kind, share in (("**{} {}**", 0.2), ("`{}_{}`", 0.06), ("[{}](#{})", 0.05), ("=={} {}==", 0.02)):
        if rng.random() < share:
            words[rng.randrange(len(words))] = kind.format(*rng.choices(WORDS[language].split(), k=2))
    if rng.random() < 0.11:
        words.insert(rng.randrange(1, len(words)), f"${rng.choice(FORMULAS)}$")
    return " ".join(words).capitalize() + "."


def paragraph(rng: random.Random, language: str) -> str:
    return " ".join(sentence(rng, language) for _ in range(rng.randint(1, 6)))


def block(rng: random.Random, language: str) -> str:
    """One block of a section: mostly prose, at times a list, a formula, a card, a table, code, a toggle, an aside."""
    kind = rng.choices(
        ["prose", "list", "formula", "card", "table", "code", "toggle", "aside", "quote", "image", "open"],
        [60, 10, 8, 8, 3, 3, 3, 2, 2, 2, 1],
    )[0]
    text = sentence(rng, language)
    return {
        "prose": lambda: paragraph(rng, language),
        "list": lambda: text[:-1] + ":\n\n" + "\n".join(f"- {sentence(rng, language)}" for _ in range(3)),
        "formula": lambda: f"{text}\n\n$$\n{rng.choice(FORMULAS)}\n$$",
        "card": lambda: f"Q: {text[:-1]}?\nA: {sentence(rng, language)}",
        "table": lambda: f"| a | b |\n| --- | --- |\n| {text} | {rng.random():.3f} |",
        "code": lambda: f"```python\nx = {rng.random()}\n# no heading\nQ: no card\n```",
        "toggle": lambda: f'- {text[:40]}\n\n    <img src="/images/{rng.random()}.png" alt="Untitled">',
        "aside": lambda: f"<aside>\n💡 {text}\n</aside>",
        "quote": lambda: f"> {text}",
        "image": lambda: f"![{text[:20]}](images/{rng.random()}.png)",
        "open": lambda: "Non ho capito perché " + text if language == "it" else "I don't understand why " + text,
    }[kind]()


def note(rng: random.Random, place: int) -> str:
    """A note of about ten kilobytes with front matter, properties, some 17 sections and a register."""
    language = rng.choice(["en", "it"])
    tag = "italian" if language == "it" else "english"
    parts = [f"---\nlayout: page\npermalink: notes/note-{place}\ntags: {tag}\ntitle: Note {place}\n---\n"]
    parts.append(f"Ripasso Prox: {rng.randint(1, 90)}\nUltima modifica: May 6, 2023 5:55 PM\nStato: 🌕🌕🌗🌑🌑\n")
    for number in range(rng.randint(14, 20)):
        title = " ".join(rng.choices(WORDS[language].split(), k=3))
        parts.append(f"{'#' * rng.choice([1, 2, 2, 3, 3, 4])} {number} {title}\n")
        parts += [block(rng, language) + "\n" for _ in range(rng.randint(1, 3))]
    rows = "\n".join(
        f"| {rng.randint(1, 28):02}/{rng.randint(1, 12):02}/23 | {sentence(rng, language)} |" for _ in "ab"
    )
    parts.append(f"# Registro ripassi\n\n{rows}\n| --- | --- |\n|  |  |\n")
    return "\n".join(parts)


def twice_encoded(text: str) -> str:
    """As a program that takes UTF-8 for Windows-1252 writes it."""
    return "".join(bytes([b]).decode("cp1252") if b not in b"\x81\x8d\x8f\x90\x9d" else chr(b) for b in text.encode())


def damaged(rng: random.Random, text: str) -> bytes:
    """A third of the notes have a history: encoded twice (whole or half), left behind a tail, Windows' own bytes."""
    kind = rng.choices(["sound", "twice", "half", "tail", "cp1252", "crlf", "utf-16"], [66, 8, 4, 10, 4, 6, 2])[0]
    half = text.index("\n", len(text) // 2)
    return {
        "sound": lambda: text.encode(),
        "twice": lambda: twice_encoded(text).encode(),
        "half": lambda: (text[:half] + twice_encoded(text[half:])).encode(),
        "tail": lambda: (text + text[-rng.randint(60, 400) :]).encode(),
        "cp1252": lambda: text.encode("cp1252", "replace"),
        "crlf": lambda: text.replace("\n", "\r\n").encode(),
        "utf-16": lambda: text.encode("utf-16"),
    }[kind]()


def collection(notes: int = 300, seed: int = 20261124) -> Iterator[tuple[str, bytes]]:
    """File names and their bytes."""
    rng = random.Random(seed)
    for place in range(notes):
        yield f"note-{place}.md", damaged(rng, note(rng, place))


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """The least processor seconds of a few rounds."""
    seconds = []
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def read_all(files: list[tuple[str, bytes]]) -> None:
    for name, data in files:
        make_cards(read_note(read_source(data, name), name))


def reading() -> None:
    """All of reading (decoding, repair, sections, cards) beside markdown-it-py's parsing of the same text."""
    files = list(collection())
    texts = [read_source(data).text for _, data in files]
    notes = [read_note(read_source(data), name) for name, data in files]
    sections, formulas = sum(len(n.sections) for n in notes), sum(t.count("$") // 2 for t in texts)
    size = sum(len(data) for _, data in files) / 1e6
    cards = sum(len(make_cards(n)[0]) for n in notes)
    print(f"{len(files)} notes, {size:.1f} MB, {sections} sections, about {formulas} formulas, {cards} cards\n")
    parser = MarkdownIt("commonmark").enable("table")
    alone = best(lambda: [parser.parse(text) for text in texts])
    ours = best(lambda: read_all(files))
    print("| what | seconds | beside markdown-it-py | aim |\n|---|---|---|---|")
    print(f"| markdown-it-py parses the text | {alone:.2f} | 1 | |")
    print(f"| nnstudy reads it and makes the cards | {ours:.2f} | {ours / alone:.2f} | 1.5 |")


if __name__ == "__main__":
    reading()
