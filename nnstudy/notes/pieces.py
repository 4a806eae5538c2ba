"""The parts of a formula as readable text, put together so that no space and no parenthesis changes the meaning.

Spaces follow TeX: a formula's parts are of classes (`Kind`), and each pair of neighbours has its space. Parentheses
follow from how tightly a part holds together (`Binding`): where a fraction bar, a root or the height of an exponent
grouped it, brackets do.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache
from itertools import zip_longest

from nnstudy.notes import symbols
from nnstudy.notes.symbols import Kind

GAP = "\u2009"  # a space that sets off an operator, and that a small script does without
GAPS = re.compile(rf"[ {GAP}]+")
LEADING_WORD = re.compile(r"[^\W\d_]{2}")
WORD = re.compile(r"[^\W_]\w+|[A-Z]")
INDEX = re.compile(r"[A-Za-z0-9\u0391-\u03c9]+")
CALL = re.compile(r"[A-Za-z]+\(")
DIFFERENTIAL = re.compile(r"d\w{1,3}")
STARTS = (None, Kind.BINARY, Kind.RELATION, Kind.OPEN, Kind.PUNCTUATION, Kind.OPERATOR, Kind.SIGN)
FACTORS = (Kind.ORDINARY, Kind.OPERATOR, Kind.WORD, Kind.OPEN)
ENDS = (None, Kind.RELATION, Kind.CLOSE, Kind.PUNCTUATION)


class Binding(IntEnum):
    """How tightly a piece of a formula holds together, from the tightest to the loosest."""

    ATOM = 0
    POWER = 1
    PRODUCT = 2
    QUOTIENT = 3
    SUM = 4


@dataclass(frozen=True)
class Piece:
    """A part of a formula, already readable; ``apart`` keeps it from growing together with what follows."""

    text: str
    kind: Kind = Kind.ORDINARY
    binding: Binding = Binding.ATOM
    apart: bool = False

    def within(self, loosest: Binding) -> str:
        """The text, in parentheses when it binds looser than its place allows."""
        return self.text if self.binding <= loosest else f"({self.text})"


def joined(pieces: Sequence[Piece]) -> Piece:
    """Pieces in a row as one; a single one stays what it is."""
    pieces = [piece for piece in pieces if piece.text or piece.kind in (Kind.OPEN, Kind.CLOSE)]
    if len(pieces) < 2:
        return pieces[0] if pieces else Piece("")
    pieces = _with_brackets(_with_signs(_with_bars(pieces)))
    text = "".join(_gap(left, right) + right.text for left, right in zip([Piece(""), *pieces], pieces, strict=False))
    solid = [piece for piece in pieces if piece.kind is not Kind.SPACE]
    return Piece(text, binding=_binding(solid), apart=any(piece.apart for piece in pieces))


def _with_brackets(pieces: list[Piece]) -> list[Piece]:
    """Parentheses where the bar of a fraction alone told what belongs to it: (1/n) ∑ x, log(p/q), a ÷ (b/c)."""
    if not any(piece.binding is Binding.QUOTIENT or piece.text[:1] in symbols.SMALL for piece in pieces):
        return pieces
    following = [*_neighbours(pieces[::-1])][::-1]
    result: list[Piece] = []
    bracketed = False
    for piece, before, after in zip(pieces, _neighbours(pieces), following, strict=True):
        if piece.kind is not Kind.SPACE:
            fraction = piece.binding is Binding.QUOTIENT
            bracketed = (fraction and _is_misread(piece, before, after, bracketed)) or _seems_a_script(piece, before)
            if bracketed:
                result += [
                    Piece("(", Kind.OPEN),
                    replace(piece, kind=Kind.ORDINARY),
                    Piece(")", Kind.CLOSE, apart=True),
                ]
                continue
        result.append(piece)
    return result


def _seems_a_script(piece: Piece, before: Piece | None) -> bool:
    """Whether the index of a root, as in ⁿ√x, would be read as an exponent of what stands before it."""
    if before is None or piece.text[:1] not in symbols.SMALL:
        return False
    return before.kind not in STARTS or before.text[-1:] in symbols.SMALL


def _neighbours(pieces: Sequence[Piece]) -> Iterator[Piece | None]:
    """For each piece the one before it that is no space; a wide space parts."""
    before: Piece | None = None
    for piece in pieces:
        yield before
        if piece.kind is not Kind.SPACE:
            before = piece
        elif piece.text not in ("", " "):
            before = None


def _is_misread(piece: Piece, before: Piece | None, after: Piece | None, bracketed: bool) -> bool:
    """Whether a fraction without parentheses would seem to hold more or less than it does."""
    if after is not None:
        word = after.kind is Kind.WORD and after.text[0].isspace()
        if after.text == "!" or (after.kind in FACTORS and not word):
            return True
    if before is None:
        return False
    if before.kind is Kind.OPERATOR:
        return before.text[:1] not in symbols.LINEAR and not before.text.startswith("lim")
    if before.text in symbols.DIVIDING or before.text[:1] in symbols.PREFIXES:
        return True
    return (bracketed and before.binding is Binding.QUOTIENT) or (
        piece.text[0].isdigit() and before.text[-1:].isdigit()
    )


def _with_bars(pieces: list[Piece]) -> list[Piece]:
    """Bars in pairs open and close; one alone is a relation as in p(x | y), or with an index a mark as in f|₀."""
    pieces = list(pieces)
    waiting: list[list[int]] = [[]]  # for each open bracket the bars before which nothing has closed
    previous: Kind | None = None
    for place, piece in enumerate(pieces):
        if piece.kind is Kind.OPEN:
            waiting.append([])
        elif piece.kind is Kind.CLOSE and len(waiting) > 1:
            waiting.pop()
        elif piece.kind is Kind.PUNCTUATION:
            while waiting[-1] and waiting[-1][-1] and pieces[waiting[-1][-1] - 1].kind not in STARTS:
                waiting[-1].pop()
        elif piece.kind is Kind.BAR:
            inner = waiting[-1]
            if inner and previous not in (*STARTS, Kind.BAR) and pieces[inner[-1]].text == piece.text[0]:
                pieces[inner.pop()] = Piece(piece.text[0], Kind.OPEN)
                pieces[place] = replace(piece, kind=Kind.CLOSE)
            elif len(piece.text) == 1:
                inner.append(place)
            else:
                pieces[place] = replace(piece, kind=Kind.MARK)
        if piece.kind is not Kind.SPACE:
            previous = pieces[place].kind
    return _with_lone_bars(pieces)


def _with_lone_bars(pieces: list[Piece]) -> list[Piece]:
    """The bars left without a partner as relations, two of them side by side as one: p(x || y)."""
    result: list[Piece] = []
    lone = False
    for piece in pieces:
        if piece.kind is not Kind.BAR:
            result.append(piece)
        elif lone and piece.text == "|":
            result[-1] = Piece("‖", Kind.RELATION)
        else:
            result.append(replace(piece, kind=Kind.RELATION))
        lone = piece.kind is Kind.BAR and piece.text == "|" and not (lone and result[-1].text == "‖")
    return result


def _with_signs(pieces: list[Piece]) -> list[Piece]:
    """Binary operators that lack a side, as signs: TeX's rule."""
    pieces = list(pieces)
    solid = [place for place, piece in enumerate(pieces) if piece.kind is not Kind.SPACE]
    before: Kind | None = None
    for place, following in zip(solid, [*solid[1:], None], strict=False):
        after = None if following is None else pieces[following].kind
        if pieces[place].kind is Kind.BINARY and (before in STARTS or after in ENDS):
            pieces[place] = replace(pieces[place], kind=Kind.SIGN)
        before = pieces[place].kind
    return pieces


def _gap(left: Piece, right: Piece) -> str:
    """The space between two neighbours."""
    kinds = (left.kind, right.kind)
    if not left.text or Kind.SPACE in kinds or left.kind is Kind.OPEN or left.kind is Kind.SIGN:
        return ""
    if right.kind in (Kind.CLOSE, Kind.MARK, Kind.PUNCTUATION) or "/" in (left.text, right.text):
        return ""
    if Kind.BINARY in kinds or Kind.RELATION in kinds or left.kind is Kind.PUNCTUATION:
        return GAP
    if left.kind in (Kind.OPERATOR, Kind.WORD):
        return " " if right.kind is not Kind.OPEN or (left.apart and left.text[0] in symbols.BIG) else ""
    if right.kind in (Kind.OPERATOR, Kind.WORD) or Binding.QUOTIENT in (left.binding, right.binding):
        return " "
    if right.text[:1].isdigit() and left.text[-1] in symbols.SMALL:
        return " "
    return " " if right.kind is Kind.ORDINARY and (left.apart or CALL.match(right.text)) else ""


def _binding(pieces: Sequence[Piece]) -> Binding:
    """How tightly the pieces hold together; brackets with what they hold count as one factor."""
    factors, depth, weakest = 0, 0, Binding.ATOM
    sum_inside = False
    for place, piece in enumerate(pieces):
        after = pieces[place + 1].kind if place + 1 < len(pieces) else None
        depth += {Kind.OPEN: 1, Kind.CLOSE: -1}.get(piece.kind, 0)
        if depth < 0:
            return Binding.SUM
        if depth:
            sum_inside |= piece.kind is Kind.SIGN or (
                piece.kind is Kind.BINARY and piece.text not in symbols.PRODUCT_SIGNS
            )
            continue
        if _loosens(piece, after):
            return Binding.SUM
        weakest = max(weakest, piece.binding)
        if piece.kind is Kind.BINARY:
            weakest = max(weakest, Binding.PRODUCT)
        elif piece.text == "/":
            weakest = max(weakest, Binding.QUOTIENT)
        elif piece.text[:1] in symbols.PREFIXES and piece.text and after is Kind.ORDINARY:
            weakest = max(weakest, Binding.POWER)
        elif piece.kind is not Kind.MARK:
            factors += 1
    if depth:
        return Binding.SUM
    if factors < 2:
        return weakest
    return max(weakest, Binding.POWER if factors == 2 and _is_call(pieces, sum_inside) else Binding.PRODUCT)


def _loosens(piece: Piece, after: Kind | None) -> bool:
    """Whether a sum, a relation or an operator without brackets makes the whole row loose."""
    if piece.kind in (Kind.OPERATOR, Kind.WORD):
        big = piece.text[0] in symbols.BIG
        return after in (Kind.ORDINARY, Kind.OPERATOR, Kind.WORD, Kind.SIGN) or (big and after is Kind.OPEN)
    loose = (Kind.RELATION, Kind.PUNCTUATION, Kind.SIGN)
    return piece.kind in loose or (piece.kind is Kind.BINARY and piece.text not in symbols.PRODUCT_SIGNS)


def _is_call(pieces: Sequence[Piece], sum_inside: bool) -> bool:
    """Whether two factors are a function and its argument: ``p(x)`` and ``log(1 + x)``, but not ``a(b + c)``."""
    if pieces[1].kind is not Kind.OPEN or pieces[1].text != "(":
        return False
    return pieces[0].kind in (Kind.OPERATOR, Kind.WORD) or (pieces[0].text[:1].isalpha() and not sum_inside)


def with_scripts(base: Piece, below: Piece | None, above: Piece | None, primes: str = "") -> Piece:
    low = script(below, symbols.SUBSCRIPTS, "_") if below else ""
    high = symbols.PRIMES.get(primes, primes) + (script(above, symbols.SUPERSCRIPTS, "^") if above else "")
    # A long index ends the piece, lest x_b² be read as x with index b².
    low_last = low.startswith("_") and "^" not in high
    return Piece(
        (base.text if base.kind is Kind.OPERATOR else base.within(Binding.ATOM))
        + (high + low if low_last else low + high),
        base.kind,
        Binding.POWER if above or low.startswith("_") else Binding.ATOM,
        base.apart or len(low) > 1 or len(high) > 1 or "*" in high,
    )


def script(piece: Piece, letters: dict[int, int], mark: str) -> str:
    """An exponent or index in small letters where Unicode has them all, else after its mark."""
    tight = piece.text.replace(GAP, "").strip()
    tight = symbols.PRIMES.get(tight, tight)
    marks = sum(character in symbols.MARKS for character in tight)
    # A mark after small letters, 2ˣ′, would seem to be the base's.
    if tight and marks in (0, len(tight)) and all(ord(character) in letters for character in tight):
        return tight.translate(letters)
    bracketed = piece.binding is Binding.ATOM and piece.text[0] in "([{|‖"
    if len(tight) == 1 or bracketed or (mark == "_" and INDEX.fullmatch(tight)):
        return mark + tight
    return f"{mark}({tight if mark == '_' or piece.binding <= Binding.PRODUCT else piece.text})"


def in_font(piece: Piece, font: str) -> Piece:
    if font:
        return replace(piece, text="".join(_styled(letter, font) for letter in piece.text))
    if piece.kind is Kind.ORDINARY and WORD.fullmatch(piece.text):
        return Piece(piece.text, Kind.WORD)
    return piece


@cache
def _styled(letter: str, font: str) -> str:
    name = unicodedata.name(letter, "").replace("LETTER ", "")
    name = name.removeprefix("LATIN ").removeprefix("GREEK ")
    for styled in (f"MATHEMATICAL {font} {name}", f"{font} {name}", f"BLACK-LETTER {name}"):
        try:
            return unicodedata.lookup(styled)
        except KeyError:
            continue
    return letter


def accented(piece: Piece, name: str) -> Piece:
    """A letter with its accent; over several letters lines are drawn, other accents written as a function."""
    mark, text = symbols.ACCENTS[name], symbols.DOTLESS.get(piece.text, piece.text)
    if text and all(letter in symbols.SCRIPTED or unicodedata.combining(letter) for letter in text[1:]):
        return replace(piece, text=_composed(text[0], mark, text[1:]))
    if name in symbols.LINES and piece.binding <= Binding.PRODUCT:
        return Piece(_marked(text, mark), apart=piece.apart)
    name = symbols.LONG_ACCENTS.get(name, name.removeprefix("wide"))
    return Piece(f"{name}({text})", binding=Binding.POWER, apart=True) if text else piece


def _composed(letter: str, mark: str, rest: str) -> str:
    marks = len(rest) - len(rest.lstrip("".join(symbols.ACCENTS.values())))
    return unicodedata.normalize("NFC", letter + rest[:marks] + mark) + rest[marks:]


def _marked(text: str, mark: str) -> str:
    """The text with a mark over each of its letters."""
    plain = (letter.isspace() or unicodedata.combining(letter) for letter in text)
    return "".join(letter if skip else letter + mark for letter, skip in zip(text, plain, strict=True))


def struck(piece: Piece) -> Piece:
    """What is cancelled, with a stroke through it."""
    return replace(piece, text=_marked(piece.text, "\u0336"))


def fraction(above: Piece, below: Piece) -> Piece:
    differential = above.text.startswith("d") and DIFFERENTIAL.fullmatch(below.text)
    divisor = below.text if differential else below.within(Binding.POWER)
    return Piece(f"{above.within(Binding.PRODUCT)}/{divisor}", binding=Binding.QUOTIENT, apart=True)


def binomial(above: Piece, below: Piece) -> Piece:
    return Piece(f"C({above.text}, {below.text})", binding=Binding.POWER, apart=True)


def negated(piece: Piece) -> Piece:
    """The relation with a stroke through it."""
    return replace(piece, text=unicodedata.normalize("NFC", f"{piece.text[:1]}\u0338{piece.text[1:]}"))


def matrix(rows: Sequence[Sequence[str]], opening: str, closing: str, rules: Sequence[int] = ()) -> Piece:
    """Rows of entries on one line: ``[a b; c d]``, with commas where an entry has spaces of its own.

    ``rules`` are the numbers of the columns behind which a vertical rule stands: ``[a b | c]``.
    """
    apart = f",{GAP}" if any(GAPS.search(cell) for row in rows for cell in row) else " "
    between = [" | " if place in rules else apart for place in range(1, max(map(len, rows), default=0))]
    shown = ("".join(map("".join, zip_longest(row, between[: len(row) - 1], fillvalue=""))) for row in rows)
    text = opening + f";{GAP}".join(shown) + closing
    return Piece(text, binding=Binding.ATOM if opening else Binding.SUM)


def cases(rows: Sequence[Sequence[str]]) -> Piece:
    """Values and their conditions: ``{x if x > 0; 0 otherwise}``, with a comma where no word leads a condition in."""
    shown = []
    for first, *others in rows:
        value, condition = first.rstrip(","), " ".join(others).rstrip(",")
        comma = "," if condition and not LEADING_WORD.match(condition) else ""
        shown.append(f"{value}{comma} {condition}".strip())
    return Piece("{" + "; ".join(shown) + "}")
