"""The language of a note, and what the program says in it."""

import re
from collections import Counter
from collections.abc import Mapping

LANGUAGES = {"it": "it", "italian": "it", "italiano": "it", "en": "en", "english": "en", "inglese": "en"}
WORDS = {  # the small words that fill a text of the language, without those that the other has too
    "it": "il lo la gli le di che non è per una un con sono del della dei delle questo anche più come se si ma al nel "
    "nella cosa perché",
    "en": "the of and is are that this not for with an it as which to by be or from was has have can",
}
PHRASES = {
    "en": {
        "recall": "{path} — what does the note say?",
        "list": "{path} — name the {count} items.",
        "lead": "{count} items",
        "formula": "{path} — write the formula.",
        "formula of": "write the formula",
        "definition": "What is {term}?",
        "definitions": "What are {term}?",
        "term": "{path} — which term is meant?",
        "label": "{path}\n\nWhat is **{term}**?",
    },
    "it": {
        "recall": "{path} — che cosa dice l'appunto?",
        "list": "{path} — elenca i {count} punti.",
        "lead": "{count} punti",
        "formula": "{path} — scrivi la formula.",
        "formula of": "scrivi la formula",
        "definition": "Che cos'è {term}?",
        "definitions": "Che cosa sono {term}?",
        "term": "{path} — di quale termine si parla?",
        "label": "{path}\n\nChe cos'è **{term}**?",
    },
}


def language_of(properties: Mapping[str, str], text: str) -> str:
    """The language that the note names (`lang`, `language`, `lingua`, `tags`), else the one of its small words."""
    named = {name.casefold(): value for name, value in properties.items()}
    for name in ("lang", "language", "lingua", "tags"):
        for word in re.findall(r"\w+", named.get(name, "").casefold()):
            if word in LANGUAGES:
                return LANGUAGES[word]
    counts = Counter(re.findall(r"\w+", text[:20_000].casefold()))
    return max(sorted(WORDS), key=lambda language: sum(counts[word] for word in WORDS[language].split()))


def phrases(language: str) -> Mapping[str, str]:
    """What the prompts of derived cards say in a language; English where the program does not speak it."""
    return PHRASES.get(language, PHRASES["en"])
