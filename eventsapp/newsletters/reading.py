"""How hard a text is to read, for people who read at level B1: what stands in the way, and where.

`checks.py` asks it for each block. Hints, never refusals: who writes decides. Few of them, since
an editor who is told off for every second line stops looking. Pure, and no words leave the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from eventsapp.newsletters import dutch
from eventsapp.newsletters.officialese import PHRASES, PLAIN_DUTCH

LONGEST_SENTENCE = 25
"""Words. Plain Dutch keeps to about fifteen, and one of twenty-five is read twice."""
LONG_ON_AVERAGE = 17
LONGEST_WORD = 24
"""Letters. "Gehandicaptenplatform", which readers know, has twenty-one."""
HARD_BELOW = 45
"""On the scale of Flesch as Douma fitted it to Dutch (1960): below 45 is hard for most readers."""
_ENOUGH_WORDS = 60
_ENOUGH_SENTENCES = 5
_MANY_PASSIVES, _SHARE_OF_PASSIVES = 3, 0.3

_BREAK = re.compile(r"</(?:p|li|h[1-6]|blockquote|ul|ol)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(
    r"\S+@\S+|(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:nl|com|org|net|eu|info)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]?[A-ZÀ-Þ0-9])")
_SHORTENED = re.compile(
    r"\b(?:bijv|bv|o\.a|d\.w\.z|dhr|mevr|mw|dr|ir|drs|prof|nr|enz|etc|ca|e\.g|i\.e|mr|mrs|t\.a\.v|"
    r"m\.b\.t|t\.b\.v|n\.a\.v|i\.v\.m|i\.p\.v|t\.o\.v|a\.u\.b|z\.s\.m|m\.u\.v)\.",
    re.IGNORECASE,
)
_DOTTED = {
    "d.w.z.": "dat betekent",
    "i.p.v.": "in plaats van",
    "i.v.m.": "vanwege",
    "m.b.t.": "over",
    "m.u.v.": "behalve",
    "n.a.v.": "door, na",
    "o.a.": "onder andere, zoals",
    "t.a.v.": "over",
    "t.b.v.": "voor",
    "t.o.v.": "vergeleken met",
    "z.s.m.": "zo snel mogelijk",
}
_DOTTED_WORD = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, _DOTTED)) + ")", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hint:
    """What could be made plainer: `what` names the kind, `quote` shows where."""

    what: str  # long, word, longword, passive, average, hard
    quote: str
    value: str = ""
    """Of a long sentence or word how long, of a difficult word a plainer one."""


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
    text = _ADDRESS.sub("", text)
    said = list(sentences(text))
    found = [
        Hint("long", shortened(one), str(count))
        for one in said
        if (count := len(_WORD.findall(one))) > LONGEST_SENTENCE
    ][:most]
    if language != "nl":
        return found
    found += list(_difficult(said))[:most]
    found += list(_long_words(text))[:most]
    found += _passive(said)
    return found + _whole(text, said, has_long=bool(found and found[0].what == "long"))


def _difficult(said: list[str]) -> Iterator[Hint]:
    """Find the words of officials, each once; a capital within a sentence begins a name."""
    met: set[str] = set()
    for sentence in said:
        for shown, plainer in _met_in(sentence):
            if shown.lower() not in met:
                met.add(shown.lower())
                yield Hint("word", shown, plainer)


def _met_in(sentence: str) -> list[tuple[str, str]]:
    """Give what officials write in a sentence, in its order, each with what people say."""
    phrases = list(PHRASES.finditer(sentence))
    inside = [range(one.start(), one.end()) for one in phrases]
    words = [
        one
        for one in _WORD.finditer(sentence)
        if one[0].lower() in PLAIN_DUTCH and not any(one.start() in part for part in inside)
    ]
    found = [
        (one.start(), one[0], PLAIN_DUTCH[one[0].lower()])
        for one in (*phrases, *words)
        if not _is_name(one[0], sentence[: one.start()].rstrip())
    ]
    found += [
        (one.start(), one[0], _DOTTED[one[0].lower()]) for one in _DOTTED_WORD.finditer(sentence)
    ]
    return [(shown, plainer) for _, shown, plainer in sorted(found)]


def _is_name(word: str, before: str) -> bool:
    return word[0].isupper() and bool(before) and before[-1] not in ":\"'“‘("


def _long_words(text: str) -> Iterator[Hint]:
    """Find words that are read letter by letter; a hyphen makes two of one."""
    words = dict.fromkeys(part for word in _WORD.findall(text) for part in word.split("-"))
    for word in words:
        if len(word) > LONGEST_WORD:
            yield Hint("longword", word, str(len(word)))


def _passive(said: list[str]) -> list[Hint]:
    """Tell of sentences that hide who does it, where there are many of them."""
    found = [one for one in said if dutch.is_passive(one)]
    if len(found) < _MANY_PASSIVES or len(found) < _SHARE_OF_PASSIVES * len(said):
        return []
    return [Hint("passive", shortened(found[0]), str(len(found)))]


def _whole(text: str, said: list[str], *, has_long: bool) -> list[Hint]:
    """Judge a text by all of its sentences and words."""
    score = ease(text)
    if score is not None and score < HARD_BELOW:
        return [Hint("hard", ", ".join(_longest(text)))]
    # Titles and points of a list are no sentences.
    lengths = [len(_WORD.findall(one)) for one in said if one[-1] in ".!?…"]
    average = round(sum(lengths) / len(lengths)) if lengths else 0
    if len(lengths) >= _ENOUGH_SENTENCES and average > LONG_ON_AVERAGE and not has_long:
        return [Hint("average", "", str(average))]
    return []


def _longest(text: str, most: int = 3) -> list[str]:
    """Give the words with the most syllables, by which somebody sees what makes a text hard."""
    words = {word.lower(): word for word in _WORD.findall(text)}
    by_length = sorted(words.values(), key=lambda word: (-dutch.syllables(word), word))
    return by_length[:most]


def ease(text: str) -> float | None:
    """Tell how easily Dutch is read: 100 is very easy, 30 very hard; None for a short text."""
    words = _WORD.findall(text)
    count = sum(1 for _ in sentences(text))
    if len(words) < _ENOUGH_WORDS or not count:
        return None
    syllables = sum(dutch.syllables(word) for word in words)
    return 206.84 - 0.93 * len(words) / count - 77 * syllables / len(words)


def shortened(text: str, words: int = 9) -> str:
    """Give the beginning of a text, by which its place is found."""
    parts = text.split()
    return " ".join(parts[:words]) + ("…" if len(parts) > words else "")
