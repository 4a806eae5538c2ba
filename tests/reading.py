"""A reader of readable formulas that knows nothing of how they were made: it says what value a person would read.

Two people may differ over ``1/x y``: for one a product without a sign binds tighter than a division, for the other both
bind alike. `value` takes the habit as an argument; a formula reads well when the habit makes no difference.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱⁿᵃᵇᵏˣʸᵅᵈᶜᵒˢˡᵍᵉᵖ", "0123456789+−=()inabkxyαdcoslgep", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₙₓₐₜ", "0123456789+−=()ijknxat", strict=True))
SMALL = f"[{''.join(re.escape(letter) for letter in [*SUPERSCRIPTS, *SUBSCRIPTS])}]"
TOKEN = re.compile(
    rf"{SMALL}|(?<=_)[^\W\d_]+|[0-9]+(?:\.[0-9]+)?|(?:(?!{SMALL})[^\W\d_]){{2,}}(?=[(\s])|[^\W\d_][̀-ͯ′″]*|\S"
)
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "log": lambda x: math.log(abs(x) + 2),
    "exp": lambda x: math.exp(-abs(x)),
    "sin": math.sin,
    "cos": math.cos,
}
ROOTS = {"√": 2, "∛": 3, "∜": 4}


class Reader:
    """One formula, read from left to right."""

    def __init__(self, text: str, names: Mapping[str, float], tight: bool) -> None:
        self.tokens = TOKEN.findall(unicodedata.normalize("NFC", text))
        self.place, self.names, self.tight = 0, dict(names), tight
        self.bars = 0  # open ones: within them, a bar beside a factor closes

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.next
        assert token, "the formula ends too early"
        assert not wanted or token == wanted, f"{wanted!r} was expected, not {token!r}"
        self.place += 1
        return token

    def whole(self) -> float:
        result = self.sum()
        assert not self.next, f"{self.next!r} is left over"
        return result

    def sum(self) -> float:
        sign = -1.0 if self.next == "−" else 1.0
        self.place += self.next == "−"
        result = sign * self.product()
        while self.next in ("+", "−"):
            sign = 1.0 if self.take() == "+" else -1.0
            result += sign * self.product()
        return result

    def product(self) -> float:
        result = self.row()
        while True:
            if self.next in ("⋅", "×"):
                self.take()
                result *= self.row()
            elif self.next in ("/", "÷"):
                self.take()
                result /= self.row() if self.tight else self.power()
            elif not self.tight and self.starts():
                result *= self.row()
            else:
                return result

    def row(self) -> float:
        """Factors side by side."""
        result = self.power()
        while self.tight and self.starts():
            result *= self.power()
        return result

    def starts(self) -> bool:
        token = self.next
        if token == "|":
            return not self.bars
        return bool(token) and token not in "+−⋅×÷/),=" and token not in SUPERSCRIPTS

    def power(self) -> float:
        base, exponent = self.atom(), self.exponent()
        return base if exponent is None else math.copysign(abs(base) ** exponent, base if exponent % 2 == 1 else 1.0)

    def exponent(self) -> float | None:
        if small := self.small(SUPERSCRIPTS):
            return Reader(small, self.names, self.tight).whole()
        if self.next == "^":
            self.take()
            return self.group() if self.next == "(" else self.atom()
        return None

    def small(self, letters: Mapping[str, str]) -> str:
        found = ""
        while self.next and self.next in letters:
            found += letters[self.take()]
        return found

    def group(self) -> float:
        self.take("(")
        bars, self.bars = self.bars, 0
        result = self.sum()
        self.bars = bars
        self.take(")")
        return result

    def atom(self) -> float:
        token = self.next
        if token == "(":
            return self.group()
        self.take()
        if token[0].isdigit() and token not in SUPERSCRIPTS:
            return float(token)
        if token in ROOTS:
            return abs(self.atom()) ** (1 / ROOTS[token])
        if token == "|":
            self.bars += 1
            result = abs(self.sum())
            self.bars -= 1
            self.take("|")
            return result
        if token in SUPERSCRIPTS:  # the index of a root, as in ⁿ√x
            index = SUPERSCRIPTS[token] + self.small(SUPERSCRIPTS)
            self.take("√")
            return abs(self.atom()) ** (1 / Reader(index, self.names, self.tight).whole())
        if token == "∑":
            return self.series()
        return self.named(token)

    def named(self, token: str) -> float:
        if token in FUNCTIONS:
            return FUNCTIONS[token](self.power())
        if token == "C" and self.next == "(":
            self.take("(")
            above = self.sum()
            self.take(",")
            below = self.sum()
            self.take(")")
            return math.comb(round(above), round(below)) + 0.0
        index = self.small(SUBSCRIPTS)
        if self.next == "_":
            self.take()
            index = "_" + self.take()
            if index == "_(":
                while not index.endswith(")"):
                    index += self.take()
        return self.names[token + ("" if not index else index if index[0] == "_" else f"[{index}]")]

    def series(self) -> float:
        letter, first = self.small(SUBSCRIPTS).split("=")
        last = self.small(SUPERSCRIPTS)
        total, body = 0.0, self.place
        for number in range(int(first), int(last) + 1):
            self.place, self.names[letter] = body, float(number)
            total += self.product()
        return total


def value(text: str, names: Mapping[str, float], tight: bool) -> float:
    """What the formula is worth, where ``names`` says what its letters are worth."""
    return Reader(text, names, tight).whole()
