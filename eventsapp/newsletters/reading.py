"""How hard a text is to read, for people who read at level B1: long sentences, difficult words.

`checks.py` asks it for each block. Hints, never refusals: who writes decides. Pure, and no words
leave the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

LONGEST_SENTENCE = 25
"""Words. Plain Dutch keeps to about fifteen, and one of twenty-five is read twice."""
HARD_BELOW = 45
"""On the scale of Flesch as Douma fitted it to Dutch (1960): below 45 is hard for most readers."""
_ENOUGH_WORDS = 60

_BREAK = re.compile(r"</(?:p|li|h[1-6]|blockquote|ul|ol)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]?[A-ZÀ-Þ0-9])")
_SHORTENED = re.compile(
    r"\b(?:bijv|bv|o\.a|d\.w\.z|dhr|mevr|mw|dr|ir|drs|prof|nr|enz|etc|ca|e\.g|i\.e|mr|mrs|t\.a\.v)\.",
    re.IGNORECASE,
)
_VOWELS = re.compile(r"[aeiouyáéíóúàèëïöü]+", re.IGNORECASE)

# What officials write, and what people say. Whole words only, in the forms that occur most.
PLAIN_DUTCH = {
    "aangaande": "over",
    "aanvangen": "beginnen",
    "additioneel": "extra",
    "adequaat": "goed",
    "alsmede": "en ook",
    "alvorens": "voordat",
    "betreffende": "over",
    "bewerkstelligen": "zorgen voor",
    "bijgevolg": "dus",
    "conform": "volgens",
    "continueren": "doorgaan met",
    "daar waar": "waar",
    "derhalve": "daarom",
    "desalniettemin": "toch",
    "desbetreffende": "die, dit",
    "dient te": "moet",
    "dienen te": "moeten",
    "echter": "maar",
    "effectueren": "uitvoeren",
    "eveneens": "ook",
    "evident": "duidelijk",
    "expertise": "kennis",
    "faciliteren": "helpen, mogelijk maken",
    "fungeren als": "zijn",
    "gaarne": "graag",
    "geattendeerd": "gewezen",
    "genereren": "maken, opleveren",
    "implementatie": "invoering",
    "implementeren": "invoeren",
    "in het kader van": "voor, bij",
    "indien": "als",
    "ingevolge": "volgens",
    "inzake": "over",
    "jegens": "tegenover",
    "met betrekking tot": "over",
    "middels": "met, door",
    "mits": "als",
    "monitoren": "volgen",
    "naar aanleiding van": "door, na",
    "omtrent": "over",
    "onderhavige": "deze, dit",
    "onverwijld": "meteen",
    "participatie": "meedoen",
    "participeren": "meedoen",
    "prioriteren": "kiezen wat eerst moet",
    "realiseren": "maken, voor elkaar krijgen",
    "reeds": "al",
    "sedert": "sinds",
    "significant": "groot, duidelijk",
    "stakeholders": "betrokkenen",
    "ten aanzien van": "over",
    "ten behoeve van": "voor",
    "ten gevolge van": "door",
    "teneinde": "om te",
    "tevens": "ook",
    "thans": "nu",
    "trachten": "proberen",
    "uitfaseren": "stoppen met",
    "vigerende": "geldende",
    "voornemens zijn": "van plan zijn",
    "voorts": "ook",
    "wederom": "weer",
    "zulks": "dit, dat",
}
_HARD = re.compile(r"\b(" + "|".join(map(re.escape, sorted(PLAIN_DUTCH))) + r")\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hint:
    """What could be made plainer: `what` names the kind, `quote` shows where."""

    what: str  # long, word, hard
    quote: str
    value: str = ""
    """Of a long sentence how many words, of a difficult word a plainer one."""


def plain(html: str) -> str:
    """Give the words of rich text, each paragraph on a line of its own."""
    lines = _TAG.sub("", _BREAK.sub("\n", html)).split("\n")
    return "\n".join(filter(None, (" ".join(unescape(line).split()) for line in lines)))


def sentences(text: str) -> Iterator[str]:
    """Take a text apart; the end of a line ends a sentence, "bijv." does not."""
    for line in text.splitlines():
        hidden = _SHORTENED.sub(lambda found: found[0].replace(".", "\0"), line)
        for one in _END.split(hidden):
            if one.strip():
                yield one.replace("\0", ".").strip()


def hints(text: str, language: str, most: int = 3) -> list[Hint]:
    """Tell what could be made plainer, of each kind at most so many."""
    found = [
        Hint("long", shortened(one), str(count))
        for one in sentences(text)
        if (count := len(_WORD.findall(one))) > LONGEST_SENTENCE
    ][:most]
    if language != "nl":
        return found
    words = {one[0].lower(): one[0] for one in _HARD.finditer(text)}
    found += [Hint("word", shown, PLAIN_DUTCH[one]) for one, shown in words.items()][:most]
    if (score := ease(text)) is not None and score < HARD_BELOW:
        found.append(Hint("hard", "", str(round(score))))
    return found


def ease(text: str) -> float | None:
    """Tell how easily Dutch is read: 100 is very easy, 30 very hard; None for a short text."""
    words = _WORD.findall(text)
    count = sum(1 for _ in sentences(text))
    if len(words) < _ENOUGH_WORDS or not count:
        return None
    syllables = sum(max(1, len(_VOWELS.findall(word))) for word in words)
    return 206.84 - 0.93 * len(words) / count - 77 * syllables / len(words)


def shortened(text: str, words: int = 9) -> str:
    """Give the beginning of a text, by which its place is found."""
    parts = text.split()
    return " ".join(parts[:words]) + ("…" if len(parts) > words else "")
