"""Sections to cards: the written ones, the derived ones, and ids that stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes.cards import Card, make_cards, name_images
from nnstudy.notes.inline import sentences
from nnstudy.notes.note import read_note
from nnstudy.notes.source import Source, read_source
from nnstudy.settings import shipped_note


def cards(text: str, kind: str | None = None, language: str = "en", front: str = "") -> list[Card]:
    made, _ = make_cards(read_note(Source(f"---\nlang: {language}\n{front}---\n{text}", "", ()), "n.md"))
    return [card for card in made if kind in (None, card.kind)]


def remarks(text: str) -> list[tuple[int, str]]:
    return [(r.line, r.message) for r in make_cards(read_note(Source(text, "", ()), "n.md"))[1]]


def test_questions_and_two_sided_lines_are_cards():
    made = cards("# A\n\nQ: What is\nx?\nA: one\ntwo\nQ: Next?\n\nA: three\n\nterm :: meaning\n- item :: its side\n")
    assert [(c.kind, c.prompt, c.answer, c.line) for c in made] == [
        ("written", "What is\nx?", "one\ntwo", 6),
        ("written", "Next?", "three", 10),
        ("written", "term", "meaning", 14),
        ("written", "item", "its side", 15),
    ]


@pytest.mark.parametrize(
    "line",
    ["`a :: b`", "$a :: b$", "a::b", "    a :: b", "| a :: b |\n| --- |", "<!-- a :: b -->", "```\nQ: a\nA: b\n```"],
)
def test_what_looks_like_a_card_inside_code_formulas_tables_or_comments_is_none(line):
    assert cards(f"# A\n\n{line}\n", "written") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Q: no answer\n\ntext", "has no answer"),
        ("A: alone", "without a question"),
        ("Q:\nA: x", "question is empty"),
        ("Q: x\nA:", "answer is empty"),
        ("Q: x\nA: y\nA: z", "more than one"),
        (":: back", "one side"),
        ("front ::", "one side"),
    ],
)
def test_an_unfinished_card_is_an_error_with_its_line_and_its_text_stays_in_the_section(text, said):
    ((line, message),) = remarks(f"# A\n\n{text}\n\nmore")
    assert said in message
    assert line == 3
    (recall,) = cards(f"# A\n\n{text}\n\nmore", "recall")
    assert recall.answer == f"{text}\n\nmore"


def test_a_recall_card_asks_for_the_section_without_its_written_cards():
    (card,) = cards("# A\n## B\n\none\n\nQ: x\nA: y\n\n\ntwo\n", "recall")
    assert card.prompt == "B — what does the note say?"
    assert card.answer == "one\n\ntwo"
    assert (card.id, card.section) == ("n/a/b/recall", ("A", "B"))


def test_a_section_without_text_of_its_own_has_no_recall_card():
    assert [c.kind for c in cards("# A\n\n## B\n\nQ: x\nA: y\n")] == ["written"]


def test_prompts_speak_the_language_of_the_note():
    assert "che cosa dice" in cards("# A\n\ntesto", language="it")[0].prompt


def test_each_bold_term_is_asked_for_in_its_sentence():
    made = cards("# A\n\nFirst, e.g. this. The **big** cat and the **small** dog $x. Y$ met. Last.\n", "cloze")
    assert [(c.prompt, c.answer) for c in made] == [
        ("The […] cat and the **small** dog $x. Y$ met.", "big"),
        ("The **big** cat and the […] dog $x. Y$ met.", "small"),
    ]


@pytest.mark.parametrize(
    "text", ["**Note**", "**All of it.**", "`a ** b ** c` is code here", "a ** b ** c stays plain"]
)
def test_a_bold_word_by_itself_and_what_is_not_bold_is_no_cloze(text):
    assert cards(f"# A\n\n{text}\n", "cloze") == []


def test_an_enumeration_asks_for_its_items():
    (card,) = cards("# A\n\nWhy. It helps because\n\n- one\n- two\n\n  more\n- three\n\ntext\n\n- alone\n", "list")
    assert card.prompt == "A\n\nWhy. It helps because (3 items)"
    assert card.answer == "- one\n- two\n  more\n- three"


def test_an_enumeration_without_a_line_that_leads_to_it_is_asked_by_the_heading():
    (card,) = cards("# A\n\n1. one\n2. two\n", "list")
    assert card.prompt == "A — name the 2 items."


def test_a_sentence_that_leans_on_another_comes_with_it():
    text = "# A\n\n## Dropout\n\nDropout hides units. It makes them **robust** to loss.\n\nThis is **noise** to it.\n"
    assert [c.prompt for c in cards(text, "cloze")] == [
        "Dropout hides units. It makes them […] to loss.",
        "Dropout\n\nThis is […] to it.",
    ]


def test_a_term_is_not_given_away_elsewhere_in_its_sentence():
    (card,) = cards("# A\n\nThe rate of **dropout** is set by dropout itself, not by a dropouts' club.\n", "cloze")
    assert card.prompt == "The rate of […] is set by […] itself, not by a […]' club."
    (card,) = cards("# A\n\nLa **log-likelihood** è comoda: le log likelihood si sommano.\n", "cloze", "it")
    assert card.prompt == "La […] è comoda: le […] si sommano."
    (card,) = cards("# A\n\nUna **rete neurale** da sola è debole, più reti neurali fanno una retta.\n", "cloze", "it")
    assert card.prompt == "Una […] da sola è debole, più […] fanno una retta."


def test_a_list_and_a_recall_card_carry_what_to_tick():
    text = "# A\n\nIt helps. It is **robust**. See the book.\n\nIts parts are:\n\n- one\n- two **b**\n\n  more\n"
    assert [c.points for c in cards(text, "list")] == [("one", "two **b**")]
    assert [c.points for c in cards(text, "recall")] == [("It helps.", "It is **robust**.", "one", "two **b**")]
    assert [c.points for c in cards("# A\n\nOne sentence alone.\n", "recall")] == [()]


def test_a_long_section_has_only_its_key_points():
    text = "\n\n".join(f"Part {n} begins. It goes on. And ends." for n in range(5))
    (recall,) = cards(f"# A\n\n{text}\n", "recall")
    assert recall.points == tuple(f"Part {n} begins." for n in range(5))


@pytest.mark.parametrize(
    ("text", "prompt", "answer"),
    [
        (
            "The logistic curve is\n\n$$\n\\sigma(x)\n$$\n",
            "A\n\nThe logistic curve is (write the formula)",
            "$$\n\\sigma(x)\n$$",
        ),
        ("$$x = y$$", "A — write the formula.\n\n$x =$ […]", "$$x = y$$"),
        ("$$\\sum_x f(x)$$", "A — write the formula.", "$$\\sum_x f(x)$$"),
        ("$$p(x = 1) \\le 2$$", "A — write the formula.\n\n$p(x = 1) \\le$ […]", "$$p(x = 1) \\le 2$$"),
        ("$$\\left(a = b\\right) c$$", "A — write the formula.", "$$\\left(a = b\\right) c$$"),
        (
            "The loss is squared.\n\n$$L = e^2$$",
            "A\n\nThe loss is squared.\n\n$L =$ […] (write the formula)",
            "$$L = e^2$$",
        ),
        ("It is so:\n\\[x\\]", "A\n\nIt is so: (write the formula)", "\\[x\\]"),
        (
            "\\begin{align}\nx &= y\n\\end{align}",
            "A — write the formula.\n\n$x =$ […]",
            "\\begin{align}\nx &= y\n\\end{align}",
        ),
    ],
)
def test_a_formula_with_lines_of_its_own_is_asked_for(text, prompt, answer):
    assert [(c.prompt, c.answer) for c in cards(f"# A\n\n{text}\n", "formula")] == [(prompt, answer)]


def test_a_formula_within_a_line_is_not_asked_for():
    assert cards("# A\n\nthat $$x$$ and $y$ are\n", "formula") == []


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("A **kernel** is what maps to zero.", "en", [("What is a kernel?", "A **kernel** is what maps to zero.")]),
        ("**Weights** are what is learned.", "en", [("What are **Weights**?", "**Weights** are what is learned.")]),
        ("Il **nucleo** è ciò che va a zero.", "it", [("Che cos'è il nucleo?", "Il **nucleo** è ciò che va a zero.")]),
        (
            "ReLU: the positive part",
            "en",
            [
                ("A\n\nWhat is **ReLU**?", "the positive part"),
                ("A — which term is meant?\n\nthe positive part", "ReLU"),
            ],
        ),
        ("**ReLU**: the positive part", "en", [("A\n\nWhat is **ReLU**?", "the positive part")]),
        ("**ReLU:** the positive part", "en", [("A\n\nWhat is **ReLU**?", "the positive part")]),
        (
            "The **Congress** (1814) was a meeting.",
            "en",
            [("What is the Congress?", "The **Congress** (1814) was a meeting.")],
        ),
        (
            "L'**oggetto** era un'idea di tutti.",
            "it",
            [("Che cos'è l'oggetto?", "L'**oggetto** era un'idea di tutti.")],
        ),
        ("The **Alliance** was signed by three.", "en", []),
        ("**Enzymes** are not used up.", "en", []),
        ("The **ratio** is about two and a half.", "en", []),
        ("L'**entropia** è una misura.", "it", [("Che cos'è l'entropia?", "L'**entropia** è una misura.")]),
        ("Note: this is no term", "en", []),
        ("Qui è tutto sano: però, più, già.", "it", []),
        ("È un'altra cosa: la verità di prima", "it", []),
        ("This is odd: no two are alike", "en", []),
        ("This clause has a colon, you see: so it is no term", "en", []),
        ("https://example.org is no term", "en", []),
        ("Where **this** is bold it is late.", "en", []),
    ],
)
def test_a_definition_is_asked_both_ways(text, language, expected):
    made = cards(f"# A\n\n{text}\n", language=language)
    assert [(c.prompt, c.answer) for c in made if c.kind == "definition"] == expected
    if "**" in text and expected:
        assert sum(c.kind == "cloze" for c in made) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Non ho capito ancora perché sia così.",
        "Non so se conviene farlo in questo modo.",
        "C’è ne sono molte, non so se conviene.",
        "Non mi è chiaro come funzioni la cosa.",
        "It converges faster (?) than the other one.",
        "I don't understand why it works so well here.",
        "I don’t really know whether this is a norm.",
        "I'm not sure that this is the right sign.",
        "It is not clear to me why the loss goes up.",
    ],
)
def test_what_the_author_does_not_know_is_an_open_question(sentence):
    (card,) = cards(f"# A\n\nThis is known to all. {sentence} This too.\n", "open")
    assert sentence in card.prompt
    assert card.answer == ""


@pytest.mark.parametrize(
    "text", ["I know why it works.", "Non è un numero.", "`(?)` is a group", "He did not see the sea."]
)
def test_what_is_known_is_no_open_question(text):
    assert cards(f"# A\n\n{text}\n", "open") == []


def test_a_short_doubt_comes_with_what_it_doubts():
    (card,) = cards("# A\n\nThe loss goes up again after a while. I don't understand why.\n", "open")
    assert card.prompt.startswith("The loss goes up")


def test_a_summary_does_not_run_into_what_stands_behind_it():
    found = cards(
        "# A\n\n<details><summary>Why.</summary>A large **step** makes the loss diverge.</details>\n", "cloze"
    )
    assert [card.prompt for card in found] == ["A large […] makes the loss diverge."]


def test_two_doubts_in_a_row_are_two_questions():
    found = cards("# A\n\nI don't understand why it works. It works well (?).\n", "open")
    assert [card.prompt for card in found] == ["I don't understand why it works.", "It works well (?)."]


def test_where_all_is_doubt_there_is_nothing_to_recall():
    assert cards("# A\n\nI don't understand why it works.\n\n> [!question] Does it?\n", "recall") == []
    assert len(cards("# A\n\nIt works. I don't understand why it does.\n", "recall")) == 1


def test_a_question_in_a_callout_is_open():
    (card,) = cards("# A\n\n> [!question] Why is it so?\n> I have no idea why.\n", "open")
    assert card.prompt == "Why is it so?\nI have no idea why."


def test_the_same_prompt_twice_gives_two_ids():
    ids = [c.id for c in cards("# A\n\nx :: 1\nx :: 2\n", "written")]
    assert ids == ["n/a/card-x", "n/a/card-x-2"]


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        ('<img src="/a/b.png" alt="images/Neural Networks/Untitled 1">', "[image: Untitled 1]"),
        ("![a cat](x.png)", "[image: a cat]"),
        ("![](dir/x.png)", "[image: x.png]"),
        ("<img>", "[image: ?]"),
        ("![[b]](x)", "[image: b ]"),
        ("<img src=x.png>", "[image: x.png]"),
        ("![a cat|300x200](x.png)", "[image: a cat]"),
    ],
)
def test_an_image_is_named(image, shown):
    assert name_images(f"see {image}!") == f"see {shown}!" or "[[" in image


@pytest.mark.parametrize(
    ("embed", "shown"),
    [
        ("![[b.png]]", "[image: b.png]"),
        ("![[dir/b.png|300]]", "[image: b.png]"),
        ("![[b.png|300x200]]", "[image: b.png]"),
        ("![[b.png|a cat]]", "[image: a cat]"),
        ("![[Note#Section]]", "[note: Note#Section]"),
    ],
)
def test_what_obsidian_embeds_is_named(embed, shown):
    assert name_images(f"see {embed}!") == f"see {shown}!"


PIECE = st.sampled_from(
    ["# A\n", "## B\n", "\n", "text. ", "**bold** ", "**", "Q: q\n", "A: a\n", "a :: b\n", "- i\n", "  - j\n", "1. k\n",
     "```\n", "$x$ ", "$$", "> ", "| a |\n", "| - |\n", "<img>", "`", "_", "__u__ ", "\\", "[l](m) ", "::", " ",
     "==g== ", "{{h}} ", "?\n", "C: [c]\n", "---\n", "==",
     "<!--SR:!2026-01-01,3,250-->\n", "<!-- ", "--> ", "X: what it is\n", "**X** is it. ", "$$\nx\n$$\n", "(?) ",
     "> [!question] q\n", "a ::: b\n", "![[", "]] ", "[", "](", ")"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_any_text_gives_cards_with_unique_ids_prompts_and_answers(text):
    made = cards(text)
    assert len({card.id for card in made}) == len(made)
    assert all(card.prompt.strip() and (card.answer.strip() or card.kind == "open") for card in made)
    assert [card.position for card in made] == list(range(len(made)))
    assert [card.line for card in made] == sorted(card.line for card in made)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECE, max_size=25).map("".join))
def test_the_same_text_gives_the_same_cards(text):
    assert cards(text) == cards(text)


def test_the_real_note_has_a_recall_card_for_each_section_with_text(real_note):
    made, remarks = make_cards(read_note(read_source(real_note.read_bytes()), real_note.name))
    recall = [card for card in made if card.kind == "recall"]
    assert (len(recall), remarks) == (9, ())
    assert {c.answer for c in made if c.kind == "cloze"} >= {"vanishing gradient", "cross-entropy", "log-likelihood"}
    assert [c.answer.count("\n") for c in made if c.kind == "list"] == [2, 2]
    assert not any("<img" in card.answer for card in made)


def test_the_shipped_note_has_four_written_cards_a_section():
    note = read_note(read_source(shipped_note().read_bytes()), "neural-networks.md")
    made, remarks = make_cards(note)
    assert remarks == ()
    for section in note.sections:
        if section.body:
            of_section = [c for c in made if c.slugs == section.slugs]
            assert sum(c.kind == "written" for c in of_section) >= 4
            assert sum(c.kind == "recall" for c in of_section) == 1


@pytest.mark.parametrize(
    ("text", "language", "prompt"),
    [
        (
            "Si usano sigmoid, tanh e ReLU. La cosa brutta delle prime due è il **gradiente** che svanisce.",
            "it",
            "Si usano sigmoid, tanh e ReLU. La cosa brutta delle prime due è il […] che svanisce.",
        ),
        (
            "There are SGD and Adam. Only the latter needs **moments** of the gradient.",
            "en",
            "There are SGD and Adam. Only the latter needs […] of the gradient.",
        ),
        ("Text with a footnote[^1] and a **term** of note.", "en", "Text with a footnote and a […] of note."),
    ],
)
def test_a_cloze_has_what_it_speaks_of_and_no_mark_of_a_footnote(text, language, prompt):
    assert [card.prompt for card in cards(f"# A\n\n{text}\n", "cloze", language)] == [prompt]


def test_the_frame_after_a_list_is_none_of_its_items():
    (made,) = cards("# A\n\n- one\n- two\n\n<aside>\nA hint.\n\n</aside>\n", "list")
    assert made.answer == "- one\n- two"


def test_a_formula_is_not_led_to_by_another_formula():
    text = "# A\n\nIt is so:\n\n\\begin{align}\na &= b\n\\end{align}\n\n\\[ c = d \\]\n"
    assert [card.prompt for card in cards(text, "formula")] == [
        "A\n\nIt is so: (write the formula)",
        "A — write the formula.\n\n$c =$ […]",
    ]


def test_two_formulas_or_lists_of_a_section_are_not_asked_for_alike():
    text = "# A\n\n$$f(x)$$\n\n$$g(x)$$\n\n$$y = 1$$\n\n- one\n- two\n\n1. three\n2. four\n"
    assert [card.prompt for card in cards(text, "formula")] == [
        "A — write the formula. (1/2)",
        "A — write the formula. (2/2)",
        "A — write the formula.\n\n$y =$ […]",
    ]
    assert [card.prompt for card in cards(text, "list")] == [
        "A — name the 2 items.\n\n- one\n[…]",
        "A — name the 2 items.\n\n1. three\n[…]",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "prompt"),
    [
        ("A rate is found.\n\n$$v = w$$\n\nFrom this it follows that\n\n$$u = w$$", "formula",
         "A\n\n$$v = w$$\n\nFrom this it follows that (write the formula)"),
        ("The mean is $m$. It splits into\n\n$$m = a + b$$", "formula",
         "A\n\nThe mean is $m$. It splits into (write the formula)"),
        ("It has stages. They are:\n\n- a\n- b\n- c", "list", "A\n\nIt has stages. They are: (3 items)"),
        ("Two things matter.\n\n- a\n- b", "list", "A\n\nTwo things matter. (2 items)"),
        ("The sea is salty.\n\n- a\n- b", "list", "A — name the 2 items."),
        ("See [[B#c|the book]]\n\n- a\n- b", "list", "A — name the 2 items."),
        ("1. a\n2. the last item\n\n* b\n* c", "list", "A — name the 2 items.\n\n* b\n[…]"),
        ("The first is **x**, the second is y and z.", "cloze", "A\n\nThe first is […], the second is y and z."),
        ("- **Term**: what it means to us", "cloze", "A\n\n[…]: what it means to us"),
    ],
)  # fmt: skip
def test_a_prompt_says_what_it_leans_on_and_a_lead_that_leads_to_nothing_is_none(text, kind, prompt):
    assert cards(f"# A\n\n{text}\n", kind)[-1].prompt == prompt


def test_a_list_of_tasks_is_nothing_to_learn():
    assert [c.kind for c in cards("# A\n\n- [ ] read\n- [x] write\n")] == ["recall"]


def test_lines_that_each_define_a_term_are_each_asked():
    made = cards("# A\n\nVienna: the seat of it\nElba: an island of exile\n", "definition")
    assert [(c.answer, c.line) for c in made] == [
        ("the seat of it", 6), ("Vienna", 6), ("an island of exile", 7), ("Elba", 7),
    ]  # fmt: skip
    assert cards("# A\n\nVienna: the seat of it\nand then some more\n", "definition") == []


def test_a_callout_is_read_without_the_line_that_says_its_kind():
    text = "# A\n\n> [!info]- The **big** one\n> The **load** is the number of entries.\n\n> [!tip] Mind **gaps** now\n"
    made = cards(text)
    assert [c.prompt for c in made if c.kind == "cloze"] == [
        "The […] is the number of entries.",
        "A\n\nMind […] now",
    ]
    (recall,) = (c for c in made if c.kind == "recall")
    assert recall.points == ("The **load** is the number of entries.", "Mind **gaps** now")
    assert "[!" not in recall.answer
    assert recall.answer.startswith("> **The big one**\n> The **load**")


def test_what_obsidian_hides_is_in_no_card():
    (recall,) = cards("# A\n\nShown. %% a note\nto me %% Also shown. ^id-12\n\nx `%%` y `%%` z ^ab12\n")
    assert recall.answer == "Shown.  Also shown.\n\nx `%%` y `%%` z"
    assert recall.points == ("Shown.", "Also shown.", "x `%%` y `%%` z")


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("Why is it so? Because it is. How?", ("Why is it so? Because it is.",)),
        ("![[picture.png]] #tag", ()),
        ("In the experiment, look at the slope: it falls.", ()),
        ("The experiment runs on: watch the loss.", ()),
        ("The experiment of 1887 found no wind.", ("The experiment of 1887 found no wind.",)),
    ],
)
def test_a_key_point_says_something(text, points):
    (recall,) = cards(f"# A\n\nOne.\n\nTwo.\n\n{text}\n", "recall")
    assert recall.points == ("One.", "Two.", *points)


def test_the_colons_of_a_gap_part_no_card():
    made = cards("# A\n\nAnki {{c1::one::hint}} and {{c2::two}} stand here.\n", "written")
    made += cards("# A\n\nAnki {{c1::one::hint}} and {{c2::two}} :: they stand here.\n", "written")
    assert [(card.prompt, card.answer) for card in made] == [
        ("Anki {{c1::one::hint}} and {{c2::two}}", "they stand here.")
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The rule (art. 1 c.c.) holds. It does.", 2),
        ("It is in art. 2 c.c. La legge è chiara.", 2),
        ("Harry S. Truman and J. S. Bach met in the U.S. Congress.", 1),
        ("It came in 1815. Then it went.", 2),
        ("See no. 7 and p. 12 of it.", 1),
        ("Let it be a set of points in the plane. The end.", 2),
        ("Mr. Smith and Mrs. Jones.", 1),
    ],
)
def test_a_full_stop_that_shortens_a_word_ends_no_sentence(text, count):
    assert len(sentences(text)) == count
    assert "".join(sentences(text)) == text
