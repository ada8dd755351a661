"""What has to be known of Dutch to judge how a text reads: syllables, and the passive voice.

`reading.py` asks it. Syllables are counted by the sounds that Dutch spells with more than one
letter; hyphenation patterns count too few, since they never break off one letter. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

# The long ones first: "ooi" is one sound, "oo" and "i" would be two. A vowel with a diaeresis
# begins a new syllable (idee-ën), so it stands only among the single ones.
_SOUND = re.compile(
    r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ei|ij|au|ou|[aeiouyáéíóúàèìòùâêîôûäëïöü]",
    re.IGNORECASE,
)

_BECOMES = frozenset({"word", "wordt", "worden", "werd", "werden"})
_WITHIN = 12  # words between "wordt" and what is done
_BEFORE = 3  # in a clause: "dat besloten wordt"
_SPLIT = r"(?:aan|af|bij|door|in|mee|na|om|onder|op|over|samen|terug|toe|uit|vast|voor|weg)?"
_WEAK = re.compile(rf"{_SPLIT}(?:ge|be|her|ont|ver)[a-zëïé]{{2,}}[dt]$")
_STRONG = re.compile(
    rf"{_SPLIT}(?:ge(?:boden|bonden|bracht|daan|dragen|geven|gaan|gooid|holpen|houden|kozen|lezen|"
    r"logen|meten|nomen|roepen|schonken|schoven|schreven|sloten|sproken|steld|stoken|trokken|"
    r"vallen|vangen|vonden|vraagd|wezen|wonnen|worven|zien|zocht|zonden|zongen)|"
    r"beg(?:onnen|repen)|bekeken|beschreven|besloten|besproken|betrokken|bewezen|herzien|"
    r"onderbroken|ondernomen|ontnomen|ontvangen|ontworpen|overwogen|verboden|verdreven|vergeleken|"
    r"verkregen|verloren|verschoven|vervangen|verwezen)$"
)
# What looks as if it were done, and is a thing or a quality.
_LOOKS_DONE = (
    "beeld beleid beraad bereid beroemd bericht bevoegd bewust bezit bezorgd gebied gebrek gedicht "
    "geduld gehandicapt gehecht geld geluid gemotiveerd gereed gerust geschikt gespecialiseerd "
    "gevarieerd geweld gewend gewenst gezicht gezond geïnteresseerd hert ontbijt verantwoord "
    "verband verbod verdriet verhit verliefd vermoeid verraad verslag verstand vertrouwd verward"
)
_NO_DEED = frozenset(_LOOKS_DONE.split())
_THINGS = (
    "beleid", "bericht", "budget", "dienst", "end", "feit", "gebied", "heid", "iteit", "kant",
    "kracht", "krant", "land", "lid", "markt", "punt", "raad", "recht", "stand", "tekst", "tijd",
    "wet", "woord",
)  # fmt: skip


@lru_cache(maxsize=20_000)
def syllables(word: str) -> int:
    """Count the syllables of a word, one at least."""
    return max(1, len(_SOUND.findall(word)))


def is_passive(sentence: str) -> bool:
    """Tell whether a sentence says that something is done, in the form that hides by whom.

    "De raad wordt gevraagd" is passive; "Riet wordt voorzitter" and "Riet wordt bekend" are not.
    """
    words = [word.strip(".,;:!?()\"'“”‘’").lower() for word in sentence.split()]
    for at, word in enumerate(words):
        if word in _BECOMES:
            near = words[max(0, at - _BEFORE) : at] + words[at + 1 : at + 1 + _WITHIN]
            if any(_is_deed(one) for one in near):
                return True
    return False


def _is_deed(word: str) -> bool:
    if word in _NO_DEED or word.endswith(_THINGS):
        return False
    return bool(_WEAK.match(word) or _STRONG.match(word))
