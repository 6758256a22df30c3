"""The words of a page that a newcomer may not know, with what they mean."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from mirscan.explanation.svg.elements import printable

GLOSSARY = {
    "attention": "how much a network looks at each base; all bases of a hairpin together have 1",
    "bits": "log2 of the odds: each bit doubles them, and three make them eight times as large",
    "candidates": "hairpins that the sieve finds stable enough to look at",
    "DIVA": "a network that draws hairpins, and encodes each into a few numbers",
    "false hits": "hits in real DNA that are no known microRNAs",
    "family": "genes of one origin, as MirGeneDB names them",
    "log-odds": "the logarithm of the odds that the hairpin is a precursor",
    "margin": "how far from the border between yes and no a hairpin lies",
    "mature arm": "one of the two strands of some 22 nt that Drosha and Dicer cut out of a hairpin",
    "minimum free energy": "the energy of the most stable fold; the lower, the more stable",
    "precursor": "the hairpin from which the two mature arms are cut",
    "prefilter": "a small network that says which candidates are worth the large one",
    "score": "the probability that the hairpin is a precursor, 0 to 1",
    "seed": "letters 2 to 8 of a mature arm, by which it recognises its targets",
    "sieve": "the first stage of a scan: finds stretches that fold back on themselves",
    "tier": "how far to trust a hit: high, likely or candidate, by the false hits in real DNA",
    "z_m": "the numbers into which DIVA encodes which bases of a hairpin are paired",
}
_LONGEST_FIRST = "|".join(sorted(GLOSSARY, key=len, reverse=True))
_NO_VERB = r"(?! (?:it|as)\b)"  # `that score as much`
WORDS = re.compile(rf"(?<![\w-])({_LONGEST_FIRST})(?![\w-]){_NO_VERB}", re.IGNORECASE)
_MEANINGS = {word.lower(): meaning for word, meaning in GLOSSARY.items()}


def glossed(text: str) -> Markup:
    """A text as HTML, in which the first use of each word of the glossary shows its meaning.

    Args:
        text: Plain text, or markup of ours, which stays as it is.
    """
    if isinstance(text, Markup):
        return text
    marked: set[str] = set()
    parts: list[str | Markup] = []
    end = 0
    clean = printable(text)
    for found in WORDS.finditer(clean):
        word = found[0].lower()
        if word not in marked:
            marked.add(word)
            parts += [clean[end : found.start()], _abbreviation(found[0], _MEANINGS[word])]
            end = found.end()
    return Markup("").join(escape(part) for part in (*parts, clean[end:]))


def _abbreviation(word: str, meaning: str) -> Markup:
    return Markup('<abbr title="{}" tabindex="0">{}</abbr>').format(meaning, word)
