"""LaTeX in notes: where the formulas are, and how they read."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudy.notes.math import first_line, readable, readable_text, spans

NOTES = Path(__file__).parent.parent / "content" / "neural-networks.md"

FIXTURES = Path(__file__).parent / "fixtures"


def checked() -> list[tuple[str, str]]:
    """Formulas with what they are to read as, which stands below them, indented."""
    rows: list[tuple[str, list[str]]] = []
    for line in (FIXTURES / "formulas.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            rows[-1][1].append(line[4:])
        elif line and not line.startswith("#"):
            rows.append((line, []))
    return [(latex, "\n".join(lines)) for latex, lines in rows]


READABLE = {
    "scripts": [
        (r"w^Tx + b", "wᵀx + b"),
        (r"w^\top x", "wᵀx"),
        (r"x_i^2", "xᵢ²"),
        (r"x^2_i", "xᵢ²"),
        (r"x^{n+1}", "xⁿ⁺¹"),
        (r"a^{b^c}", "a^(bᶜ)"),
        (r"e^{-x^2/2}", "e^(−x²/2)"),
        (r"x^q", "x^q"),
        (r"x^\frac12", "x^(1/2)"),
        (r"{a+b}^2", "(a + b)²"),
        (r"{x^2}^3", "(x²)³"),
        (r"(a+b)^2", "(a + b)²"),
        (r"w_{bias}^2 x", "w²_bias x"),
        (r"W_{i,j}^{(l)}", "W⁽ˡ⁾_(i,j)"),
        (r"a^{[l]}", "a^[l]"),
        (r"n_{in} n_{out}", "nᵢₙ nₒᵤₜ"),
        (r"\lambda_{\max}", "λₘₐₓ"),
        (r"f'(x) + \phi'(z)^2", "f′(x) + φ′(z)²"),
        (r"\mathbb{E}_{x\sim p}[f]", "𝔼_(x∼p)[f]"),
        (r"a^* b", "a* b"),
        (r"\mathbb{R}^{m \times n}", "ℝ^(m×n)"),
    ],
    "fractions": [
        (r"\frac{1}{1+e^{-x}}", "1/(1 + e⁻ˣ)"),
        (r"\frac{|b|}{\|w\|}", "|b|/‖w‖"),
        (r"\frac{a+b}{c}", "(a + b)/c"),
        (r"\frac{a}{bc}", "a/(bc)"),
        (r"\frac ab", "a/b"),
        (r"\frac12", "1/2"),
        (r"\dfrac{1}{2}", "1/2"),
        (r"\frac{-x}{-y}", "(−x)/(−y)"),
        (r"\frac{\frac{a}{b}}{\frac{c}{d}}", "(a/b)/(c/d)"),
        (r"\frac{a}{b}^2", "(a/b)²"),
        (r"\frac{1}{n}\sum_i x_i", "(1/n) ∑ᵢ xᵢ"),
        (r"\frac{\sum_i x_i}{n}", "(∑ᵢ xᵢ)/n"),
        (r"\frac{\log x}{2}", "(log x)/2"),
        (r"\log \frac{p(x)}{q(x)}", "log(p(x)/q(x))"),
        (r"a / \frac{b}{c}", "a/(b/c)"),
        (r"\frac{\partial L}{\partial w}", "∂L/∂w"),
        (r"\frac{dy}{dx}", "dy/dx"),
        (r"\frac{a}{b(c+d)}", "a/(b(c + d))"),
        (r"\frac{n!}{k!(n-k)!}", "n!/(k!(n − k)!)"),
        (r"{a \over b+c}", "a/(b + c)"),
        (r"\frac12 x", "(1/2) x"),
        (r"\binom{n}{k}", "C(n, k)"),
        (r"{n \choose k}", "C(n, k)"),
        (r"\frac{\text{number of hits}}{n}", "(number of hits)/n"),
    ],
    "roots": [
        (r"\sqrt{2}", "√2"),
        (r"\sqrt2", "√2"),
        (r"\sqrt{x+1}", "√(x + 1)"),
        (r"\sqrt{x^2}", "√(x²)"),
        (r"\sqrt{ab}", "√(ab)"),
        (r"\sqrt[3]{x}", "∛x"),
        (r"\sqrt[n]{x}", "ⁿ√x"),
        (r"\sqrt{a} b", "√a b"),
        (r"{\sqrt{a}}^2", "(√a)²"),
    ],
    "letters": [
        (r"\mathbb{R}^n", "ℝⁿ"),
        (r"\mathcal{L}(\mathbf{x})", "ℒ(𝐱)"),
        (r"\mathfrak{C}", "ℭ"),
        (r"\boldsymbol\theta", "𝛉"),
        (r"\hat{y}_i", "ŷᵢ"),
        (r"\hat\mathbf{x}", "𝐱̂"),
        (r"\bar x + \tilde{x}", "x̄ + x̃"),
        (r"\vec v", "v⃗"),
        (r"\dot{q}", "q̇"),
        (r"\hat{x_i}", "x̂ᵢ"),
        (r"\widehat{xy}", "hat(xy)"),
        (r"\overline{AB}", "A̅B̅"),
        (r"\overline{a+b}", "overline(a + b)"),
        (r"\mathrm{Var}(w) \mathrm{E}[x^2]", "Var(w) E[x²]"),
        (r"\operatorname{KL}(p \| q)", "KL(p ‖ q)"),
        (r"\operatorname*{argmin}_{\theta} L", "argmin_θ L"),
        (r"x \text{ if $x_i > 0$}", "x if xᵢ > 0"),
        (r"\text{a \textbf{b} and \$5 \emph{c}}", "a b and $5 c"),
        (r"50\% + 50%", "50% + 50%"),
    ],
    "operators": [
        (r"\sum_{i=1}^n x_i", "∑ᵢ₌₁ⁿ xᵢ"),
        (r"\sum_i (x_i - 1)", "∑ᵢ (xᵢ − 1)"),
        (r"\int_{-\infty}^\infty f(x)\,dx", "∫_(−∞)^∞ f(x) dx"),
        (r"\lim_{n \to \infty} a_n", "lim_(n→∞) aₙ"),
        (r"\arg\max_\theta \log p", "arg max_θ log p"),
        (r"2\max(0, z)", "2 max(0, z)"),
        (r"-x\cdot(-y)", "−x ⋅ (−y)"),
        (r"x \times y \odot z", "x × y ⊙ z"),
        (r"a \implies b \iff c", "a ⟹ b ⟺ c"),
        (r"a\le b\ge c\ne d\approx e\sim f\propto g\in h\subset i", "a ≤ b ≥ c ≠ d ≈ e ∼ f ∝ g ∈ h ⊂ i"),
        (r"x\mapsto y\to z\leftarrow w", "x ↦ y → z ← w"),
        (r"a \not= b \not\in c", "a ≠ b ∉ c"),
        (r"\forall x \exists y", "∀x∃y"),
        (r"\nabla_\theta J", "∇_θ J"),
        (r"a \equiv b \pmod{n}", "a ≡ b (mod n)"),
        (r"\lesssim", "≲"),
        (r"\boxtimes", "⊠"),
        (r"\overset{!}{=}", "=^!"),
        (r"\underset{x}{\max} f", "maxₓ f"),
        (r"f: X \to Y, x := 3", "f: X → Y, x := 3"),
        (r"10,000 + f(1,2)", "10,000 + f(1,2)"),
        (r"x = 1 \quad y = 2", "x = 1  y = 2"),
    ],
    "brackets": [
        (r"\left( x \right)^2", "(x)²"),
        (r"\big( x \big)", "(x)"),
        (r"\left. f \right|_{x=0}", "f|ₓ₌₀"),
        (r"p(x|y)", "p(x | y)"),
        (r"p(a|b,c|d)", "p(a | b, c | d)"),
        (r"|a||b| + ||x||_2", "|a||b| + ||x||₂"),
        (r"D(p||q)", "D(p ‖ q)"),
        (r"\{x | |x| < 1\}", "{x | |x| < 1}"),
        (r"\left\lVert x \right\rVert", "‖x‖"),
        (r"\underbrace{x + y}_{\text{the sum}} = z", "(x + y) [the sum] = z"),
    ],
    "tables": [
        (
            r"f = \begin{cases} x & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
            "f = {x if x > 0; 0 otherwise}",
        ),
        (r"\begin{cases} x, & x > 0, \\ 0 \end{cases}", "{x, x > 0; 0}"),
        (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", "[a b; c d]"),
        (r"\begin{pmatrix} a+1 & b \\[2pt] c & d \end{pmatrix}^{-1}", "(a + 1, b; c, d)⁻¹"),
        (r"\left[\begin{array}{cc} 1 & 2 \\ 3 & 4 \end{array}\right]", "[1 2; 3 4]"),
        (r"\begin{aligned} a &= b \\ &= -c \end{aligned}", "a = b; = −c"),
        (r"a = b \\ c = d", "a = b; c = d"),
        (r"E = mc^2 \tag{1} \label{e}", "E = mc²  (1)"),
    ],
    "as written": [
        (r"\foo{bar} + 1", r"\foo{bar} + 1"),
        (r"\begin{foo}a\end{foo}", r"\begin{foo}a\end{foo}"),
        (r"\frac{a}", r"\frac{a}"),
        (r"{x", "{x"),
        (r"x}", "x}"),
        (r"x^2^3", "x^2^3"),
        (r"\sqrt[3", r"\sqrt[3"),
        ("{" * 5000 + "}" * 5000, "{" * 5000 + "}" * 5000),
    ],
}


@pytest.mark.parametrize(
    ("latex", "expected"),
    [pytest.param(*row, id=f"{part}: {row[0][:60]}") for part, rows in READABLE.items() for row in rows],
)
def test_a_formula_reads_as_on_paper(latex: str, expected: str) -> None:
    assert readable(latex, inline=True) == expected


@pytest.mark.parametrize(("latex", "expected"), [pytest.param(*row, id=row[0]) for row in checked()])
def test_formulas_of_course_notes_read_as_they_were_checked_by_hand(latex: str, expected: str) -> None:
    assert readable(latex) == expected


@pytest.mark.parametrize(
    ("latex", "lines"),
    [
        (r"AB = \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} B", ["AB = ⎡1  2⎤B", "     ⎣3  4⎦"]),
        (r"\begin{pmatrix} a \\ b \\ c \end{pmatrix}", ["⎛a⎞", "⎜b⎟", "⎝c⎠"]),
        (r"\begin{matrix} 1 & -1 \\ 10 & 2 \end{matrix}", [" 1  −1", "10   2"]),
        (r"\begin{array}{rl} a & b \\ cc & dd \end{array}", [" a  b", "cc  dd"]),
        (r"\begin{cases} 1 \\ 2 \\ 3 \end{cases}", ["⎧1", "⎨2", "⎩3"]),
        (r"\begin{cases} 1 \\ 2 \\ 3 \\ 4 \end{cases}", ["⎧1", "⎨2", "⎪3", "⎩4"]),
        (r"\begin{rcases} a \\ b \end{rcases} c", ["a⎫", " ⎬c", "b⎭"]),
        (r"x^{\begin{pmatrix} 1 \\ 2 \end{pmatrix}}", ["x^(1;2)"]),
        (r"\begin{align} a &= b & c &= d \\ &= e && \end{align}", ["a = b   c = d", "  = e"]),
        (r"\begin{gather} a = b \\ cc = d \end{gather}", ["a = b", "cc = d"]),
        (
            r"\begin{pmatrix} \begin{pmatrix} 1 \\ 2 \end{pmatrix} & x \end{pmatrix}",
            ["⎛⎛1⎞  x⎞", "⎝⎝2⎠   ⎠"],
        ),
        (r"|\begin{matrix} a \\ b \end{matrix}|", ["│a│", "│b│"]),
        (r"(1 + \begin{matrix} a \\ b \end{matrix})", ["(1 + a)", "     b"]),
    ],
)
def test_a_block_takes_its_lines(latex: str, lines: list[str]) -> None:
    assert readable(latex).split("\n") == lines


WIDE = r"f(x) = a_1 + \frac{b + c}{d} + \log(1 + x) = \sum_i x_i - \left(y + z + w\right) \le 1000"


@pytest.mark.parametrize("width", [60, 40, 30, 20, 16])
def test_a_wide_formula_is_broken_at_operators(width: int) -> None:
    lines = readable(WIDE, width=width).split("\n")
    assert all(len(line) <= width for line in lines)
    assert all(line.startswith("    ") for line in lines[1:])
    assert " ".join(line.strip() for line in lines) == readable(WIDE)


def test_a_block_that_is_too_wide_stands_on_lines_that_fit() -> None:
    latex = r"A = \begin{pmatrix} a+b & c+d & e+f \\ g & h & i \end{pmatrix}"
    assert readable(latex, width=20).split("\n")[0] == "A = (a + b, c + d,"
    assert readable(latex, width=40).count("\n") == 1


def test_a_small_table_with_a_wide_cell_takes_no_more_room_than_its_text() -> None:
    latex = r"\begin{matrix}" + "x" * 20_000 + r"\\" + r"y\\" * 5_000 + r"\end{matrix}"
    assert len(readable(latex)) < 100_000


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("$a$ and $$b$$", [("a", False), ("b", False)]),
        ("before\n$$\na\n$$\nafter", [("a", True)]),
        ("  \\[x\\]  ", [("x", True)]),
        (r"see \(c\) and \[d\]", [("c", False), ("d", False)]),
        ("$a\nb$", [("a\nb", False)]),
        ("$a\n \nb$", []),
        ("$$a\n\nb$$", []),
        ("5$ and 6$", []),
        ("from $5 to $6", []),
        ("$5-$6", []),
        ("$ a$, $a $", []),
        (r"\$a$ costs, $b$", [("b", False)]),
        (r"$\$5 + x$", [(r"\$5 + x", False)]),
        (r"\\(a\\)", []),
        ("`$a$` $b$", [("b", False)]),
        ("``a`$x$`` $y$", [("y", False)]),
        ("a ` $b$", [("b", False)]),
        (r"\`$a$\`", [("a", False)]),
        ("```python\n$a$\n```\n$b$", [("b", False)]),
        ("```\n$a$", []),
        ("~~~\n```\n$a$\n~~~\n$b$", [("b", False)]),
        ("$a `$` b$", []),
        (r"$$\text{if $x$}$$", [(r"\text{if $x$}", True)]),
        (r"\[a \\[2pt] b\]", [(r"a \\[2pt] b", True)]),
        ("$$ unclosed, $a$", [("a", False)]),
    ],
)
def test_formulas_are_found_where_pandoc_finds_them(text: str, formulas: list[tuple[str, bool]]) -> None:
    assert [(latex, display) for _, _, latex, display in spans(text)] == formulas


def test_a_text_keeps_everything_around_its_formulas() -> None:
    assert readable_text("Let $x_i$ be *it*,\n\n- `$x$` costs 5$: \\(y^2\\)") == (
        "Let xᵢ be *it*,\n\n- `$x$` costs 5$: y²"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Is $\\frac{1}{2}x$ *more*?\nNo.", "Is (1/2) x *more*?"),
        ("$$\nA = \\begin{bmatrix} 1 & 2 \\\\ 3 & 4 \\end{bmatrix}\n$$", "A = [1 2; 3 4]"),
        ("$$\\begin{aligned} a &= b, \\\\ &= c \\end{aligned}$$", "a = b; = c"),
        ("What is **bias** and **b**?", "What is bias and b?"),
        ("`2**3**4` and 2 ** 3 ** 4", "`2**3**4` and 2 ** 3 ** 4"),
        ("2 ** 3 ** 4", "2 ** 3 ** 4"),
        ("\n plain", "plain"),
        ("", ""),
    ],
)
def test_a_list_shows_a_card_in_one_line(text: str, line: str) -> None:
    assert first_line(text) == line


def test_every_formula_of_the_notes_becomes_readable() -> None:
    formulas = [latex for _, _, latex, _ in spans(NOTES.read_text(encoding="utf-8"))]
    assert len(formulas) > 100
    assert not [latex for latex in formulas if set(readable(latex, inline=True)) & set("\\{}^\n")]


def test_control_characters_of_a_formula_are_shown_and_not_obeyed() -> None:
    assert readable("\\text{\x1b[31m}") == "\\x1b[31m"
    assert readable("{\x1b[31m") == "{\\x1b[31m"


TOKENS = r"""x y 1 2 + - * / = < | ( ) [ ] { } ^ _ ' & ~ , . : ; ! $ $$ % ` ``` \ \\ \( \) \[ \] \| \{ \} é ²
\frac \sqrt \sum \log \left \right \text \mathbf \mathrm \hat \overline \operatorname \binom \over \not \quad \partial
\foo \begin{cases} \end{cases} \begin{array}{c} \end{array} \begin{aligned} \end{aligned} \underbrace \xrightarrow"""
SPACES = [" ", "\n", "\n\n", "\x1b[0m", "\u202e"]
LATEX = st.lists(st.sampled_from([*TOKENS.split(), *SPACES]), max_size=30).map("".join) | st.text(max_size=40)


@given(LATEX)
@settings(max_examples=400, deadline=None)
def test_no_input_raises_or_reaches_the_terminal_unprintable(latex: str) -> None:
    shown = readable(latex)
    assert shown.replace("\n", "").replace("\u00a0", "").isprintable()


@given(LATEX)
@settings(max_examples=300, deadline=None)
def test_spans_are_in_order_and_cut_the_formulas_out(text: str) -> None:
    end, rest, result = 0, [], readable_text(text)
    for start, stop, latex, _display in spans(text):
        assert end <= start < stop <= len(text)
        assert latex in text[start:stop]
        assert text[start] in "$\\"
        rest.append(text[end:start])
        end = stop
    place = 0
    for piece in [*rest, text[end:]]:
        assert piece in result[place:]
        place = result.index(piece, place) + len(piece)


ATOMS = st.sampled_from(["x", "y", "2", r"\alpha", r"\mathrm{Var}", "w_i", "z^2", r"\log"])
BALANCED = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", " ", "=", r"\cdot ", "/"]), inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: rf"\frac{{{pair[0]}}}{{{pair[1]}}}"),
        inner.map(lambda one: rf"\sqrt{{{one}}}"),
        inner.map(lambda one: rf"\left({one}\right)"),
        st.tuples(inner, inner).map(lambda pair: rf"{{{pair[0]}}}^{{{pair[1]}}}"),
        inner.map(lambda one: rf"\begin{{bmatrix}}{one} & 1\end{{bmatrix}}"),
    ),
    max_leaves=12,
)


@given(BALANCED)
@settings(max_examples=300, deadline=None)
def test_balanced_formulas_are_read_whole_and_stay_balanced(latex: str) -> None:
    shown = readable(latex)
    assert not set(shown) & set("\\{}")
    for opening, closing in ("()", "[]", "⁽⁾"):
        assert shown.count(opening) == shown.count(closing)


def divides(formula: tuple[str, float]) -> bool:
    """Whether the value is far enough from nothing and from infinity to be divided by and squared."""
    return 1e-3 < abs(formula[1]) < 1e6


ARITHMETIC = st.recursive(
    st.integers(1, 9).map(lambda number: (str(number), float(number))),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: (rf"{p[0][0]} + {p[1][0]}", p[0][1] + p[1][1])),
        st.tuples(inner, inner.filter(divides)).map(lambda p: (rf"\frac{{{p[0][0]}}}{{{p[1][0]}}}", p[0][1] / p[1][1])),
        st.tuples(inner, inner).map(lambda p: (rf"({p[0][0]}) \cdot \left({p[1][0]}\right)", p[0][1] * p[1][1])),
        inner.map(lambda p: (rf"\sqrt{{{p[0]}}}", abs(p[1]) ** 0.5)),
        inner.filter(divides).map(lambda p: (rf"{{{p[0]}}}^2", p[1] ** 2)),
        inner.filter(divides).map(lambda p: (rf"\frac{{-1}}{{{p[0]}}}", -1 / p[1])),
        inner.map(lambda p: (rf"\frac{{{p[0]} - 0.5}}{{-3}}", (p[1] - 0.5) / -3)),
    ),
    max_leaves=8,
)


@given(ARITHMETIC)
@settings(max_examples=300, deadline=None)
def test_what_is_shown_has_the_value_of_what_was_written(formula: tuple[str, float]) -> None:
    latex, value = formula
    shown = readable(latex).replace("⋅", "*").replace("−", "-").replace("²", "**2")
    shown = re.sub(r"√([\d.]+)", r"root(\1)", shown).replace("√(", "root(")
    assert eval(shown, {"root": lambda number: abs(number) ** 0.5}) == pytest.approx(value, rel=1e-6, abs=1e-9)
