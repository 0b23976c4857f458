"""What people write of their own age, in English, German, French, Spanish and Portuguese.

A pattern's `n` group is a number or a number word; `shift` corrects it ("I'll be 14 in May" says 13). School years
map to the younger of their two usual ages: a person is treated as younger rather than older where both fit.
"""

import re
from dataclasses import dataclass

_WORDS = {
    "en": "six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "pt": "seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
}
NUMBER_WORDS = {word: value for words in _WORDS.values() for value, word in enumerate(words.split(), start=6)}
_N = r"(?P<n>\d{1,2}|" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + r")"
_STOP = (
    r"(?=\s*(?:$|[,;!?)\n]|\.(?!\d)|…|:\)|:\(|<3|\p{E}|"
    r"(?:and|but|so|lol|lmao|btw|tho|though|now|still|today|rn|if|i|im|i'm|ok|okay|yeah|haha|already|too|also|which|"
    r"und|aber|also|jetzt|übrigens|et|mais|y|pero|e|mas|ahora|agora)\b(?!\s*\d)))"
).replace(r"\p{E}", "[\U0001f300-\U0001faff]")
_OLD = (
    r"\s*-?(?:years?|yrs?|y)\s*[-/]?\s*o(?:ld)?\b(?!\s+(?:son|daughter|kid|child|boy|girl|brother|sister|dog|cat|car))"
)
_ONLY = r"(?:only|just|literally|actually|really|currently|still|barely|like|legit|already)"
_I_AM = r"(?:\bi\s*['’]?\s*m|\bi\s+am|\bim)"


@dataclass(frozen=True)
class Pattern:
    """One way to tell an age. shift is added to the number."""

    regex: re.Pattern[str]
    shift: int = 0


def _p(regex: str, shift: int = 0) -> Pattern:
    return Pattern(re.compile(regex, re.IGNORECASE), shift)


STATED: tuple[Pattern, ...] = (
    _p(
        rf"{_I_AM}\s+(?:almost|nearly|about to (?:be|turn)|turning|gonna be|going to be)\s+{_N}"
        rf"(?:{_OLD}|{_STOP}|\s+(?:in|on|next|tomorrow|soon|this)\b)",
        -1,
    ),
    _p(rf"{_I_AM}\s+(?:(?:{_ONLY}|a)\s+){{0,2}}{_N}(?:{_OLD}|\s*[mf]\b|{_STOP})"),
    _p(rf"\bi\s+(?:just\s+|only\s+)?turned\s+{_N}{_STOP}"),
    _p(
        rf"\bi\s+(?:just\s+|only\s+)?turned\s+{_N}\s+(?:yesterday|today|last (?:week|month)|"
        r"this (?:week|month)|(?:a|two|three) (?:days?|weeks?) ago)"
    ),
    _p(rf"\bi\s*(?:['’]ll|ll| will)\s+(?:be|turn)\s+{_N}(?:{_OLD})?\s+(?:in|on|next|tomorrow|soon|this)\b", -1),
    _p(rf"\bi\s+turn\s+{_N}\s+(?:in|on|next|tomorrow|soon|this)\b", -1),
    _p(rf"\bmy\s+age\s+(?:is|=|:)\s*{_N}"),
    _p(r"\b(?:it['’]?s|today is|its)\s+my\s+(?P<n>\d{1,2})th\s+birthday"),
    _p(r"\bmy\s+(?P<n>\d{1,2})th\s+birthday\s+is\s+(?:tomorrow|next|in|on|coming|soon|this)", -1),
    _p(r"(?:^|[.!?\n]\s*)(?P<n>1\d|[6-9])\s*(?:yo|y/o|[mf])\s+here\b"),
    _p(
        rf"\b(?:ich\s+bin|bin)\s+(?:(?:erst|gerade|schon|jetzt|ja|doch|auch|nur)\s+){{0,2}}{_N}"
        rf"(?:\s+jahre\s+alt|\s+jahre\b(?!\s+\w)|{_STOP})"
    ),
    _p(
        rf"\b(?:ich\s+)?werde?\s+(?:ich\s+)?(?:(?:morgen|bald|nächste\w*|im|am|in)\s+)"
        rf"(?:\w+\s+){{0,2}}{_N}(?:\s+jahre\s+alt)?{_STOP}",
        -1,
    ),
    _p(
        rf"\bj\s*['’]?\s*ai\s+(?:(?:que|qu['’]|seulement|juste|déjà|à peine)\s*){{0,2}}{_N}\s+ans\b(?!\s*d(?:e\b|['’]))"
    ),
    _p(rf"\bj\s*['’]?\s*ai\s+(?:bientôt|presque)\s+{_N}\s+ans\b(?!\s*d(?:e\b|['’]))", -1),
    _p(rf"\bj\s*['’]?\s*aurai\s+{_N}\s+ans\s+(?:en|demain|dans|la|le|bientôt)\b", -1),
    _p(
        rf"\btengo\s+(?:(?:solo|sólo|apenas|ya|recién)\s+){{0,2}}{_N}"
        rf"(?:\s+(?:años|añitos|anos)\b(?!\s+(?:de|casad|trabajando|viviendo))|{_STOP})"
    ),
    _p(rf"\bcumplo\s+(?:los\s+)?{_N}(?:\s+años)?\s+(?:mañana|en|el|la|pronto)\b", -1),
    _p(
        rf"\b(?:eu\s+)?tenho\s+(?:(?:só|apenas|já)\s+){{0,2}}{_N}\s+(?:anos|aninhos)\b(?!\s+(?:de|casad|trabalhando|morando))"
    ),
    _p(rf"\b(?:eu\s+)?(?:faço|vou fazer)\s+{_N}(?:\s+anos)?\s+(?:amanhã|em|no|na|semana)\b", -1),
)

_ORD = r"(?P<n>\d{1,2})\s*(?:st|nd|rd|th)?"
SCHOOL: tuple[Pattern, ...] = (
    _p(
        rf"{_I_AM}\s+(?:(?:only|just|still|going)\s+)*in(?:to)?\s+(?:the\s+)?{_ORD}\s*grade\b(?!\s+(?:teacher|parent))",
        5,
    ),
    _p(rf"{_I_AM}\s+(?:(?:only|just|still)\s+)*in\s+grade\s+(?P<n>\d{{1,2}})\b", 5),
    _p(rf"{_I_AM}\s+(?:an?\s+)?{_ORD}\s*grader\b", 5),
    _p(r"\bi\s+go\s+to\s+(?P<n>\d{1,2})(?:st|nd|rd|th)\s+grade\b", 5),
    _p(
        rf"{_I_AM}\s+(?:(?:only|just|still)\s+)*(?:in\s+)?(?:a\s+)?(?:year|yr)\s*(?P<n>[4-9]|1[0-3])\b(?!\s+(?:of|at|on|teacher))",
        4,
    ),
    _p(
        r"\b(?:ich\s+)?(?:gehe|geh|bin)\s+(?:\w+\s+){0,2}(?:in\s+(?:die|der)|inne)\s+(?P<n>\d{1,2})\s*\.?\s*klasse\b", 5
    ),
    _p(r"\b(?:estoy|voy)\s+(?:en|a)\s+(?P<n>[1-4])\s*[º°o]?\s*(?:de\s+)?(?:la\s+)?eso\b", 11),
    _p(r"\b(?:estou|tô|to|tou)\s+(?:no|na)\s+(?P<n>[4-9])\s*[º°oªa]?\s*(?:ano|série)\b", 5),
)
NAMED_SCHOOL: tuple[tuple[re.Pattern[str], int], ...] = tuple(
    (re.compile(regex, re.IGNORECASE), age)
    for regex, age in (
        (rf"{_I_AM}\s+(?:still\s+)?in\s+(?:middle\s+school|junior\s+high)\b", 12),
        (rf"{_I_AM}\s+(?:still\s+)?in\s+(?:elementary|primary)\s+school\b", 10),
        (rf"{_I_AM}\s+(?:a\s+)?freshman\s+in\s+high\s*school\b", 14),
        (rf"{_I_AM}\s+(?:still\s+)?in\s+high\s*school\b", 14),
        (r"\bje\s+suis\s+en\s+(?:6\s*(?:e|è|ème|eme)|sixième)\b", 11),
        (r"\bje\s+suis\s+en\s+(?:5\s*(?:e|è|ème|eme)|cinquième)\b", 12),
        (r"\bje\s+suis\s+en\s+(?:4\s*(?:e|è|ème|eme)|quatrième)\b", 13),
        (r"\bje\s+suis\s+en\s+(?:3\s*(?:e|è|ème|eme)|troisième)\b", 14),
        (r"\bje\s+suis\s+en\s+(?:2nde|seconde)\b", 15),
        (r"\bje\s+suis\s+au\s+collège\b", 12),
        (r"\bje\s+suis\s+au\s+lycée\b", 15),
        (r"\bich\s+bin\s+(?:noch\s+)?in\s+der\s+grundschule\b", 9),
        (r"\b(?:estoy|voy)\s+en\s+(?:la\s+)?(?:secundaria)\b", 13),
        (r"\b(?:estou|tô)\s+no\s+ensino\s+fundamental\b", 12),
        (r"\b(?:estou|tô)\s+no\s+ensino\s+médio\b", 15),
    )
)

PLAYED = re.compile(
    r"\b(?:pretend\w*|role[\s-]?play\w*|rp|characters?|oc|rollenspiel|tu n? ?so als|personnage|jeu de rôle|personaje|"
    r"juego de rol|personagem|faz de conta)\b",
    re.IGNORECASE,
)
"""A message with one of these speaks as somebody else: an age in it is the character's."""
NOT_OWN = re.compile(
    r"\b(?:imagin\w*|story|novel|scene|screenplay|script|lyrics?|as if|like i['’]?m|feel(?:s|ing)? like|"
    r"if i (?:was|were)|when i (?:was|am|['’]m|turn)|not\s+(?:really\s+)?\d|wish i|dream\w*|hypothetical\w*|dog years|"
    r"level|ranked|stell dir vor|figur|geschichte|als ob|wenn ich|als wär|histoire|comme si|si j['’]|historia|como si|"
    r"si yo|história|como se|se eu)\b",
    re.IGNORECASE,
)
"""A sentence with one of these does not tell the writer's own present age."""
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|\*[^*]*\*|(?m:^>.*$)|```.*?```", re.DOTALL)
"""Speech of others, actions between asterisks, code."""
