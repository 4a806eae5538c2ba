"""What reading notes costs, on a made-up collection that has every oddity of real ones.

Run it with ``python tests/benchmarks/notes.py``; it prints Markdown tables of ratios. The collection is the same each
time: some 300 notes, 3 MB, 5,000 sections, 4,000 formulas, in English and Italian, a third of them damaged somehow.
"""

import gc
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2])]

from markdown_it import MarkdownIt

from nnstudy.notes.cards import make_cards
from nnstudy.notes.lint import Surroundings, lint
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


HOSTILE: dict[str, Callable[[int], str]] = {
    "[": lambda n: "[" * n,
    "![": lambda n: "![" * n,
    "](": lambda n: "[a](" * n,
    "[[": lambda n: "[[a|" * n,
    "*": lambda n: "*" * n,
    "**a ": lambda n: "**a " * n,
    "_a": lambda n: "__a " * n,
    "$": lambda n: "$a " * n,
    "$$": lambda n: "$$a " * n,
    "backticks": lambda n: " ".join("`" * (k % 90 + 1) for k in range(n // 45)),
    "<": lambda n: "<a" * n,
    "<!--": lambda n: "<!-- " * n,
    "<img": lambda n: "<img src=" * n,
    "<aside": lambda n: "<aside " * n,
    "== and {{": lambda n: "==a {{b " * n,
    "::": lambda n: "a::b" * n,
    "quotes": lambda n: "\n".join("> " * (k % 40) + "a" for k in range(n // 20)),
    "lists": lambda n: "\n".join("  " * (k % 30) + "- a" for k in range(n // 20)),
    "a long line": lambda n: "word " * n,
    "spaces": lambda n: "a" + " " * n + "b",
    "blank lines": lambda n: "a" + " \n" * n + "b",
    "lines alike": lambda n: "the same line\n" * (n // 8),
    "headings alike": lambda n: "# A\n" * (n // 8),
    "questions": lambda n: "Q: a\n" * (n // 4),
    "marks": lambda n: "a\n?\n" * (n // 4),
    "rows": lambda n: "| a | b |\n| --- | --- |\n" * (n // 16),
    "environments": lambda n: "\\begin{align} " * n,
    "bold terms": lambda n: "so the **a** is " * n,
    "colons": lambda n: "a:" * n,
    "dots": lambda n: ". A" * n,
    "yaml": lambda n: "---\n" + "[" * n + "\n---\n",
    "mojibake": lambda n: "perchÃ© " * n,
    "bold, code, formula": lambda n: "".join(f"**a{k}** `b` $c$ " for k in range(n // 4)),
    "gaps": lambda n: "".join(f"==a{k}== " for k in range(n // 4)),
    "terms in brackets": lambda n: "C: " + "[a](b) [c] " * (n // 8),
    "a long heading": lambda n: f"# {'a' * n}\n\n" + "**b** is what it is.\n\n- a\n- b\n\n" * (n // 40),
    "links": lambda n: "[a](b) " * n,
    "items": lambda n: "- a **b** c\n" * (n // 8),
    "references": lambda n: "[a]: b\n" * (n // 4),
    "numbered gaps": lambda n: "{{c1::a " * (n // 4),
    "percents": lambda n: "%% a % " * (n // 4),
    "initials": lambda n: "A. 1 c.c. " * (n // 4),
    "callouts": lambda n: "> [!info] **a** is b\n" * (n // 8),
    "formulas": lambda n: "so it is\n$$x = 1$$\n" * (n // 20),
    "blocks in a formula": lambda n: "$$" + "\\begin{a} " * (n // 10) + "$$\n",
    "experiments": lambda n: "experiment, " * (n // 8),
    "spaces before a mark": lambda n: "**a** is" + " " * n + "^",
}


def look_through(data: bytes) -> None:
    """All that `nnstudy check` does with a text."""
    note = read_note(read_source(data), "n.md")
    lint(note, make_cards(note)[0], Surroundings())


def hostile(size: int = 20_000) -> None:
    """Texts on which careless parsers take time by the square: twice the text may take about twice the time."""
    print("\n| text | seconds | of twice the text | ratio (aim: below 3) |\n|---|---|---|---|")
    for name, make in HOSTILE.items():
        seconds = [best(partial(look_through, make(n).encode()), 3) for n in (size, 2 * size)]
        print(f"| `{name}` | {seconds[0]:.3f} | {seconds[1]:.3f} | {seconds[1] / max(seconds[0], 1e-3):.2f} |")


def memory() -> None:
    """The most memory that reading one note of so many sections takes, beyond what the program has."""
    import tracemalloc

    print("\n| sections in one note | peak, MB | bytes a section |\n|---|---|---|")
    rng = random.Random(1)
    bodies = [f"{sentence(rng, 'en')[:100]}\n" for _ in range(500)]
    for count in (25_000, 50_000, 100_000):
        text = "\n".join(f"## Section {n}\n\n{bodies[n % 500]}" for n in range(count)).encode()
        tracemalloc.start()
        made = make_cards(read_note(read_source(text), "n.md"))[0]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(made) >= count
        print(f"| {count} | {peak / 1e6:.0f} | {peak / count:.0f} |")


if __name__ == "__main__":
    reading()
    hostile()
    memory()
