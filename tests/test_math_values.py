"""Readable formulas keep every symbol and the value of what was written: formulas grown from a grammar of macros."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FUNCTIONS, value

from nnstudy.notes.math import readable

# --- value ------------------------------------------------------------------------------------------------------------

Names = dict[str, float]
LETTERS = {
    "x": ("x", 1.7), "y": ("y", 2.3), "a": ("a", 0.6), "n": ("n", 3.0), r"\alpha": ("α", 1.3), r"\lambda": ("λ", 0.9),
    r"\hat y": ("ŷ", 1.9), r"\mathbf{w}": ("𝐰", 1.1), "w_i": ("w[i]", 2.9), "x_{k+1}": ("x[k+1]", 0.7),
    r"\theta_{t}": ("θ[t]", 1.23), "x'": ("x′", 2.1), r"\sigma_{ab}": ("σ_ab", 0.8), r"\bar{x}": ("x̄", 1.4),
    "z_{b,c}": ("z_(b,c)", 1.6), r"\mathrm{d}": ("d", 0.5),
}  # fmt: skip
NAMES: Names = {unicodedata.normalize("NFC", name): worth for name, worth in LETTERS.values()}


@dataclass(frozen=True)
class Term:
    """A formula, what it is worth, and how loosely it is written: 0 an atom, 1 a product, 2 a sum."""

    latex: str
    worth: Callable[[Names], float]
    loose: int = 0

    def braced(self) -> str:
        return f"{{{self.latex}}}"

    def bracketed(self, loosest: int) -> str:
        return self.latex if self.loose <= loosest else rf"\left({self.latex}\right)"


NUMBERS = st.sampled_from(["2", "3", "7", "12", "0.5"]).map(lambda n: Term(n, lambda _: float(n)))
VARIABLES = st.sampled_from(list(LETTERS)).map(
    lambda latex: Term(latex, lambda names: names[unicodedata.normalize("NFC", LETTERS[latex][0])])
)
BINOMIALS = st.sampled_from([r"\binom{5}{2}", r"\dbinom{n}{2}", r"{n \choose 2}"]).map(
    lambda latex: Term(latex, lambda names: float(math.comb(5 if "5" in latex else 3, 2)))
)


def fractions(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(form: str, above: Term, below: Term) -> Term:
        return Term(form % (above.latex, below.latex), lambda names: above.worth(names) / below.worth(names))

    forms = [r"\frac{%s}{%s}", r"\dfrac{%s}{%s}", r"\tfrac{%s}{%s}", r"\cfrac{%s}{%s}", r"{%s \over %s}"]
    return st.builds(made, st.sampled_from(forms), inner, inner)


def powers(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(base: Term, exponent: Term) -> Term:
        def worth(names: Names) -> float:
            low, high = base.worth(names), exponent.worth(names)
            return math.copysign(abs(low) ** high, low if high % 2 == 1 else 1.0)

        return Term(f"{{{base.bracketed(0)}}}^{exponent.braced()}", worth)

    small = (
        st.sampled_from(["2", "3", "n", "-1", "k"])
        .filter(lambda e: e != "k")
        .map(lambda e: Term(e, lambda names: names["n"] if e == "n" else float(e)))
    )
    return st.builds(made, inner, st.one_of(small, small, inner))


def roots(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(index: str, under: Term) -> Term:
        order = {"": 2.0, "[3]": 3.0, "[n]": 3.0, "[4]": 4.0, "[12]": 12.0}[index]
        return Term(rf"\sqrt{index}{under.braced()}", lambda names: abs(under.worth(names)) ** (1 / order))

    return st.builds(made, st.sampled_from(["", "[3]", "[n]", "[4]", "[12]"]), inner)


def products(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(sign: str, left: Term, right: Term) -> Term:
        # After a letter, brackets around what is no sum are read as a function's argument, on paper too.
        side_by_side = sign.strip() in ("", r"\,")
        first, second = left.bracketed(1), right.bracketed(1 if not side_by_side else 0 if right.loose < 2 else 1)
        if side_by_side and (second[0].isdigit() or (right.loose == 1)):
            sign = r" \cdot "
            second = right.bracketed(1)
        return Term(first + sign + second, lambda names: left.worth(names) * right.worth(names), 1)

    return st.builds(made, st.sampled_from([" ", r"\,", r" \cdot ", r" \times "]), inner, inner)


def quotients(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(sign: str, left: Term, right: Term) -> Term:
        latex = f"{left.bracketed(0)} {sign} {right.bracketed(0)}"
        return Term(latex, lambda names: left.worth(names) / right.worth(names), 2)

    return st.builds(made, st.sampled_from(["/", r"\div"]), inner, inner)


def sums(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(sign: str, left: Term, right: Term) -> Term:
        def worth(names: Names) -> float:
            return left.worth(names) + (1 if sign == "+" else -1) * right.worth(names)

        return Term(f"{left.latex} {sign} {right.bracketed(1)}", worth, 2)

    negative = inner.map(lambda t: Term(f"-{t.bracketed(1)}", lambda names: -t.worth(names), 2))
    return st.one_of(st.builds(made, st.sampled_from("+-"), inner, inner), negative)


def functions(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def made(name: str, form: str, term: Term) -> Term:
        return Term(rf"\{name}{form % term.latex}", lambda names: FUNCTIONS[name](term.worth(names)))

    brackets = st.sampled_from([r"\left(%s\right)", r"\bigl(%s\bigr)", "(%s)"])
    called = st.builds(made, st.sampled_from(list(FUNCTIONS)), brackets, inner)
    return st.one_of(called, st.builds(made, st.sampled_from(list(FUNCTIONS)), st.just("%s"), fractions(inner)))


def others(inner: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    def series(term: Term) -> Term:
        def worth(names: Names) -> float:
            return sum(term.worth({**names, "i": float(i)}) for i in (1, 2, 3))

        return Term(rf"\sum_{{i=1}}^{{3}} {term.bracketed(1)}", worth, 2)

    counted = st.sampled_from(["i", r"\frac{1}{i}", r"\frac{i}{x} y", "i^2"])
    worths = {"i": lambda n: n["i"], r"\frac{1}{i}": lambda n: 1 / n["i"], "i^2": lambda n: n["i"] ** 2,
              r"\frac{i}{x} y": lambda n: n["i"] / n["x"] * n["y"]}  # fmt: skip
    flat = inner.filter(lambda t: r"\sum" not in t.latex)  # sums of sums of sums take the reader their product of terms
    bodies = st.one_of(counted.map(lambda latex: Term(latex, worths[latex], 1)), flat)
    sizes = st.sampled_from([r"\left|%s\right|", r"\lvert %s\rvert", r"\abs{%s}"])
    plain = inner.filter(lambda t: "|" not in t.latex and "abs" not in t.latex and "vert" not in t.latex)
    absolute = st.builds(lambda form, t: Term(form % t.latex, lambda names: abs(t.worth(names))), sizes, plain)
    grouped = inner.map(lambda t: Term(rf"\left({t.latex}\right)", t.worth))
    return st.one_of(bodies.map(series), absolute, grouped)


TERMS: st.SearchStrategy[Term] = st.deferred(
    lambda: st.one_of(
        NUMBERS, VARIABLES, VARIABLES, VARIABLES, VARIABLES, BINOMIALS, fractions(TERMS), fractions(TERMS),
        powers(TERMS), roots(TERMS), products(TERMS), quotients(TERMS), sums(TERMS), functions(TERMS), others(TERMS),
    )
)  # fmt: skip


def calm(term: Term) -> bool:
    """Whether the value is one that floating point can tell from another."""
    try:
        return 1e-6 < abs(term.worth(NAMES)) < 1e9
    except (ZeroDivisionError, OverflowError):
        return False


@given(TERMS.filter(calm))
@settings(max_examples=120, deadline=None)
def test_what_is_read_has_the_value_of_what_was_written(term: Term) -> None:
    shown = readable(term.latex, inline=True)
    for tight in (True, False):
        assert value(shown, NAMES, tight) == pytest.approx(term.worth(NAMES), rel=1e-6), shown


@pytest.mark.parametrize(
    ("text", "tight", "loose"),
    [("1/x y", 1 / 1.7 / 2.3, 1 / 1.7 * 2.3), ("1 + e", None, None), ("2xˣ", 2 * 1.7**1.7, 2 * 1.7**1.7)],
)
def test_the_reader_tells_habits_apart(text: str, tight: float | None, loose: float | None) -> None:
    for habit, expected in ((True, tight), (False, loose)):
        if expected is None:
            with pytest.raises(KeyError):
                value(text, NAMES, habit)
        else:
            assert value(text, NAMES, habit) == pytest.approx(expected)


# --- symbols ----------------------------------------------------------------------------------------------------------

SIGNS = {
    "x": "x", "B": "B", "7": "7", r"\alpha": "α", r"\varepsilon": "ε", r"\Omega": "Ω", r"\partial": "∂", r"\infty": "∞",
    r"\mathbb{R}": "R", r"\mathcal{L}": "L", r"\mathbf{v}": "v", r"\mathfrak{g}": "g", r"\nabla": "∇", r"\ell": "l",
    r"\text{se}": "se", r"\operatorname{tr}": "tr", r"\mathrm{Var}": "Var", r"{\foo}": r"\foo", r"\dots": "…",
    r"\emptyset": "∅", r"\log": "log", r"\ast": "*", r"\top": "⊤", r"\dagger": "†", r"\{z\}": "{z}", "f'": "f′",
}  # fmt: skip
JOINTS = {
    "+": "+", "-": "−", "=": "=", r"\cdot ": "⋅", r"\times ": "×", r"\le ": "≤", r"\in ": "∈", r"\to ": "→",
    r"\implies ": "⟹", r"\mid ": "|", r"\cup ": "∪", r"\sim ": "∼", r"\land ": "∧", r"\not= ": "≠", r"\,": "", " ": "",
    ", ": ",", r"\quad ": "", r"\odot ": "⊙", "/": "/", r"\approx ": "≈", r"\iff ": "⟺", r"\pm ": "±", r"\perp ": "⊥",
}  # fmt: skip
WRAPS = {
    r"\frac{%s}{%s}": "/", r"{%s}^{%s}": "", r"{%s}_{%s}": "", r"\sqrt{%s} %s": "√", r"\sqrt[n]{%s} %s": "n√",
    r"\hat{%s} %s": "", r"\overline{%s} %s": "", r"\vec{%s} %s": "", r"\left(%s\right) %s": "()", r"\|%s\|_{%s}": "‖‖",
    r"\sum_{%s}^{%s}": "∑", r"\int_{%s}^{%s}": "∫", r"\lim_{%s} %s": "lim", r"\binom{%s}{%s}": "C,",
    r"\overset{%s}{\to} %s": "→", r"\underset{%s}{\max} %s": "max", r"\underbrace{%s}_{%s}": "", r"\cancel{%s} %s": "",
    r"\begin{bmatrix} %s & 1 \\ 2 & %s \end{bmatrix}": "12", r"\begin{pmatrix} %s & %s \end{pmatrix}": "()",
    r"\begin{cases} %s & 1 \\ %s \end{cases}": "1", r"\begin{aligned} %s &= 1 \\ &= %s \end{aligned}": "==1",
    r"\textcolor{red}{%s} %s": "", r"\xrightarrow{%s} %s": "→", r"\mathbf{%s} %s": "", r"\boxed{%s} %s": "",
    r"\left\{\begin{array}{l} %s \\ %s \end{array}\right.": "", r"\langle %s, %s\rangle": "⟨,⟩", r"{\bf %s} %s": "",
    r"\mathop{%s}_{%s}": "", r"\left.%s\right|_{%s}": "|", r"\bar{%s} \dot{%s}": "", r"\text{a $%s$ b} %s": "ab",
}  # fmt: skip
SCATTERED = {"ᵅ": "α", "ᵋ": "ε", "ᶿ": "θ", "ᵀ": "T", "″": "′′", "‴": "′′′", "⁗": "′′′′", "‖": "||", "│": "|",
             "║": "||", "ℓ": "l", "℧": "Ω", "≔": ":=", "∥": "||", "∛": "3√", "⎛": "(", "⎞": ")", "⎡": "[", "⎤": "]",
             "⎧": "{", "⎫": "}", **dict.fromkeys("⎜⎝⎟⎠⎢⎣⎥⎦⎪⎨⎩⎬⎭", "")}  # fmt: skip


def letters(text: str) -> Counter[str]:
    """The signs of a text, whatever their size, font and accent."""
    text = unicodedata.normalize("NFD", "".join(SCATTERED.get(letter, letter) for letter in text))
    text = "".join(letter if letter in "…≠" else unicodedata.normalize("NFKD", letter) for letter in text)
    return Counter(letter for letter in text.replace("⊤", "T") if not letter.isspace() and letter != "\u0338")


Written = tuple[str, str]
FORMULAS: st.SearchStrategy[Written] = st.deferred(
    lambda: st.one_of(
        *[st.sampled_from(list(SIGNS.items()))] * 3,
        st.tuples(FORMULAS, st.sampled_from(list(JOINTS.items())), FORMULAS).map(
            lambda t: (f"{t[0][0]}{t[1][0]}{t[2][0]}", t[0][1] + t[1][1] + t[2][1])
        ),
        st.tuples(st.sampled_from(list(WRAPS.items())), FORMULAS, FORMULAS).map(
            lambda t: (t[0][0] % (t[1][0], t[2][0]), t[0][1] + t[1][1] + t[2][1])
        ),
    )
)


@given(FORMULAS, st.sampled_from([{"inline": True}, {"width": 0}, {"width": 24}]))
@settings(max_examples=120, deadline=None)
def test_no_symbol_is_lost(formula: Written, form: dict[str, int]) -> None:
    latex, signs = formula
    shown = readable(latex, **form)  # type: ignore[arg-type]
    missing = letters(signs) - letters(shown)
    assert not missing, (latex, shown)
