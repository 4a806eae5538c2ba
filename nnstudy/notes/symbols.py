"""Tables of LaTeX's mathematics: what a macro or a character looks like in Unicode, and of which class it is."""

from enum import Enum


class Kind(Enum):
    """TeX's classes of the parts of a formula, which decide the spaces between them."""

    ORDINARY = "ordinary"
    OPERATOR = "operator"  # ∑, log: stands before its argument
    WORD = "word"  # upright letters, Var or "if"
    BINARY = "binary"
    SIGN = "sign"  # a binary operator with one side only
    RELATION = "relation"
    OPEN = "open"
    CLOSE = "close"
    BAR = "bar"  # | and ‖ open, close or part: their neighbours tell
    MARK = "mark"  # belongs to what stands before it: n!
    PUNCTUATION = "punctuation"
    SPACE = "space"


def _table(kind: Kind, pairs: str) -> dict[str, tuple[str, Kind]]:
    words = pairs.split()
    return {name: (sign, kind) for name, sign in zip(words[::2], words[1::2], strict=True)}


def _same(kind: Kind, names: str, sign: str | None = None) -> dict[str, tuple[str, Kind]]:
    return {name: (name if sign is None else sign, kind) for name in names.split()}


BIG = frozenset("∑∏∐∫∬∭∮⋃⋂⨁⨂⨀⋀⋁")
PREFIXES = frozenset("∂∇Δ")
PRODUCT_SIGNS = frozenset("⋅×*")

QUAD = "\u2003"  # a space that other spaces beside it don't swallow

SYMBOLS: dict[str, tuple[str, Kind]] = (
    _table(
        Kind.ORDINARY,
        """alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ
        mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ
        psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
        partial ∂ nabla ∇ infty ∞ ldots … dots … dotsc … dotsb … dotsm … dotsi … cdots ⋯ vdots ⋮ ddots ⋱ forall ∀
        exists ∃ nexists ∄ emptyset ∅ varnothing ∅ ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ top ⊤ bot ⊥ angle ∠ triangle △
        square □ Box □ blacksquare ■ qed ∎ star ⋆ prime ′ neg ¬ lnot ¬ degree ° dagger † ddagger ‡ checkmark ✓
        N ℕ Z ℤ R ℝ reals ℝ dotso … hdots … lq ‘ rq ’
        imath ı jmath ȷ backslash \\ surd √ flat ♭ natural ♮ sharp ♯ % % $ $ # # & & _ _ slash /""",
    )
    | _table(
        Kind.BINARY,
        """cdot ⋅ times × odot ⊙ otimes ⊗ oplus ⊕ ominus ⊖ oslash ⊘ pm ± mp ∓ div ÷ ast * circ ∘ bullet ∙ cup ∪ cap ∩
        setminus ∖ smallsetminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ sqcup ⊔ sqcap ⊓ uplus ⊎ bmod mod wr ≀ amalg ⨿
        diamond ⋄ rtimes ⋊ ltimes ⋉""",
    )
    | _table(
        Kind.RELATION,
        """le ≤ leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ lt < gt > ll ≪ gg ≫ approx ≈ sim ∼ simeq ≃ cong ≅
        equiv ≡ propto ∝ in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ implies ⟹
        impliedby ⟸ iff ⟺ to → mapsto ↦ longmapsto ⟼ rightarrow → leftarrow ← gets ← leftrightarrow ↔ longrightarrow ⟶
        longleftarrow ⟵ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ Longrightarrow ⟹ Longleftarrow ⟸
        Longleftrightarrow ⟺ uparrow ↑ downarrow ↓ updownarrow ↕
        Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ hookrightarrow ↪ leadsto ⇝ rightsquigarrow ⇝
        twoheadrightarrow ↠ rightharpoonup ⇀ rightleftharpoons ⇌ mid | nmid ∤ parallel ∥ perp ⊥ models ⊨ vDash ⊨
        vdash ⊢ dashv ⊣ prec ≺ succ ≻ preceq ⪯ succeq ⪰ asymp ≍ doteq ≐ coloneqq ≔ coloneq ≔ eqqcolon ≕ defeq ≔
        triangleq ≜ vcentcolon : precsim ≾ succsim ≿ ncong ≇ nsubseteq ⊈ nleq ≰ ngeq ≱ nparallel ∦
        nsim ≁ approxeq ≊ bowtie ⋈ lesssim ≲ gtrsim ≳ therefore ∴ because ∵""",
    )
    | _table(
        Kind.OPERATOR,
        """sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigodot ⨀
        bigwedge ⋀ bigvee ⋁ argmax argmax argmin argmin""",
    )
    | _same(
        Kind.OPERATOR,
        """log ln lg exp max min sup inf lim det Pr arg sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan
        deg dim gcd hom ker""",
    )
    | dict.fromkeys(("limsup", "varlimsup"), ("lim sup", Kind.OPERATOR))
    | dict.fromkeys(("liminf", "varliminf"), ("lim inf", Kind.OPERATOR))
    | {"plim": ("plim", Kind.OPERATOR)}
    | _table(Kind.OPEN, "{ { lbrace { ( ( lparen ( [ [ lbrack [ langle ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖ llbracket ⟦")
    | _table(Kind.CLOSE, "} } rbrace } ) ) rparen ) ] ] rbrack ] rangle ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖ rrbracket ⟧")
    | _table(Kind.BAR, "| ‖ Vert ‖ vert |")
    | _table(Kind.PUNCTUATION, "\\ ; cr ; newline ; colon :")
    | _same(Kind.SPACE, ", ; : > enspace enskip thinspace space", " ")
    | _same(Kind.SPACE, "quad qquad", QUAD)
    | dict.fromkeys((" ", "\n", "\t", "\r"), (" ", Kind.SPACE))
    | _same(
        Kind.SPACE,
        """! displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits displaylimits nonumber notag hline
        hfill centering strut mathstrut negthinspace noindent mathord mathopen mathclose mathinner""",
        "",
    )
)

CHARACTERS: dict[str, tuple[str, Kind]] = (
    _table(Kind.BINARY, "+ + - − − − * * ⋅ ⋅ · · × × ± ± ∓ ∓ ⊙ ⊙ ⊗ ⊗ ⊕ ⊕ ∘ ∘ ∪ ∪ ∩ ∩ ∖ ∖ ∧ ∧ ∨ ∨ ÷ ÷")
    | _same(Kind.RELATION, "= < > ≤ ≥ ≠ ≈ ∼ ≃ ≅ ≡ ∝ ∈ ∉ ∋ ⊂ ⊃ ⊆ ⊇ → ← ↔ ⇒ ⇐ ⇔ ⟹ ⟸ ⟺ ↦ ≪ ≫ ≔ ⊥ ⊢ ⊨")
    | _same(Kind.OPERATOR, " ".join(BIG))
    | _same(Kind.OPEN, "( [ ⟨ ⌊ ⌈")
    | _same(Kind.CLOSE, ") ] ⟩ ⌋ ⌉")
    | _same(Kind.BAR, "| ‖")
    | _same(Kind.MARK, "! ?")
    | _same(Kind.PUNCTUATION, ", ; :")
    | {"&": ("\t", Kind.SPACE), "~": (" ", Kind.SPACE)}
)

ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0305",
    "underline": "\u0332",
    "vec": "\u20d7",
    "overrightarrow": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "check": "\u030c",
    "breve": "\u0306",
    "acute": "\u0301",
    "grave": "\u0300",
    "mathring": "\u030a",
    "overleftarrow": "\u20d6",
    "overleftrightarrow": "\u20e1",
    "dddot": "\u20db",
    "widecheck": "\u030c",
    "underbar": "\u0332",
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "=": "\u0304",
    ".": "\u0307",
}
DOTLESS = {"ı": "i", "ȷ": "j"}
LINES = frozenset({"overline", "underline", "underbar"})
LONG_ACCENTS = {"overrightarrow": "vec", "'": "acute", "`": "grave", "^": "hat", '"': "ddot", "~": "tilde", "=": "bar"}

FONTS = {
    "mathbf": "BOLD",
    "boldsymbol": "BOLD",
    "bm": "BOLD",
    "mathbb": "DOUBLE-STRUCK",
    "Bbb": "DOUBLE-STRUCK",
    "mathcal": "SCRIPT",
    "mathscr": "SCRIPT",
    "mathfrak": "FRAKTUR",
    "mathrm": "",
    "mathit": "",
    "mathsf": "",
    "mathtt": "",
    "mathnormal": "",
    "mathbfit": "BOLD",
    "mathbbm": "DOUBLE-STRUCK",
    "mathds": "DOUBLE-STRUCK",
    "mathbfcal": "BOLD SCRIPT",
    "pmb": "BOLD",
    "bold": "BOLD",
    "mathup": "",
}
TEXTS = frozenset(
    [
        "text",
        "textrm",
        "textbf",
        "textit",
        "textsf",
        "texttt",
        "textup",
        "textnormal",
        "textsc",
        "emph",
        "mbox",
        "hbox",
        "intertext",
        "shortintertext",
        "textmd",
        "textsl",
    ]
)
ANNOTATIONS = frozenset({"label", "color", "cline", "pagecolor"})
WRAPPERS = ("boxed", "fbox", "ensuremath", "substack", "smash", "mathclap", "mathllap", "mathrlap", "rlap", "llap")
SWITCHES = {"rm": "", "bf": "BOLD", "it": "", "sf": "", "tt": "", "cal": "SCRIPT", "bfseries": "BOLD"}
PAIRS = {
    "abs": ("|", "|"),
    "norm": ("‖", "‖"),
    "set": ("{", "}"),
    "Set": ("{", "}"),
    "bra": ("⟨", "|"),
    "ket": ("|", "⟩"),
    "braket": ("⟨", "⟩"),
}
STACKED = {("=", "def"): "≝", ("=", "?"): "≟", ("=", "△"): "≜", ("=", "∧"): "≙", ("=", "*"): "≛", ("=", "⋆"): "≛"}
OPENING = frozenset(["left", "bigl", "Bigl", "biggl", "Biggl"])
CLOSING = frozenset(["right", "bigr", "Bigr", "biggr", "Biggr"])
PARTING = frozenset(["middle", "bigm", "Bigm", "biggm", "Biggm"])
SIZED = frozenset(["big", "Big", "bigg", "Bigg"])
DELIMITERS = {".": "", "<": "⟨", ">": "⟩"}

MATRICES = {
    "matrix": ("", ""),
    "smallmatrix": ("", ""),
    "array": ("", ""),
    "bmatrix": ("[", "]"),
    "pmatrix": ("(", ")"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
}
CASES = {"cases": ("{", ""), "dcases": ("{", ""), "rcases": ("", "}"), "drcases": ("", "}")}
ROWS = frozenset(
    [
        "aligned",
        "align",
        "alignat",
        "alignedat",
        "gather",
        "gathered",
        "split",
        "equation",
        "multline",
        "multlined",
        "eqnarray",
        "flalign",
        "subarray",
        "displaymath",
        "math",
    ]
)
WITH_COLUMNS = frozenset({"array", "alignat", "alignedat", "subarray"})

SUPERSCRIPTS = str.maketrans(
    "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδεθφχ⊤′″‴⁗∘*†‡°",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᵋᶿᵠᵡᵀ′″‴⁗°*†‡°",
)
SUBSCRIPTS = str.maketrans("0123456789+−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
SCRIPTED = frozenset(map(chr, [*SUPERSCRIPTS.values(), *SUBSCRIPTS.values()]))
MARKS = frozenset("′″‴⁗°∘*†‡")
SMALL = SCRIPTED - MARKS
PRIMES = {"′′": "″", "′′′": "‴", "′′′′": "⁗"}
# What divides what stands after it, or joins it in another way than a product of numbers does.
DIVIDING = frozenset({"/", "÷", "⊘", "∘", "mod"})
LINEAR = frozenset("∑∫∬∭∮")  # of these, the sum of a quotient is the quotient of the sum
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
