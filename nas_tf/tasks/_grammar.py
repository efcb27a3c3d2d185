"""A small grammar that writes English sentences and their translations.

It has what makes translating into German more than replacing words: three
genders, cases, endings of adjectives that depend on both, and verbs at the end
or in second place. No sentence of it was written by people.
"""

from nas_tf.seeds import generator

# English singular and plural, German singular and plural, gender.
_BEINGS = """
man men Mann Männer m
woman women Frau Frauen f
child children Kind Kinder n
girl girls Mädchen Mädchen n
teacher teachers Lehrer Lehrer m
aunt aunts Tante Tanten f
dog dogs Hund Hunde m
cat cats Katze Katzen f
horse horses Pferd Pferde n
"""
_THINGS = """
book books Buch Bücher n
letter letters Brief Briefe m
apple apples Apfel Äpfel m
picture pictures Bild Bilder n
cup cups Tasse Tassen f
flower flowers Blume Blumen f
chair chairs Stuhl Stühle m
lamp lamps Lampe Lampen f
key keys Schlüssel Schlüssel m
"""
_PLACES = """
garden Garten m
park Park m
forest Wald m
house Haus n
village Dorf n
kitchen Küche f
school Schule f
town Stadt f
"""
# English third person, infinitive and participle, and the same of German.
_VERBS = """
sees see seen sieht sehen gesehen
buys buy bought kauft kaufen gekauft
finds find found findet finden gefunden
paints paint painted malt malen gemalt
carries carry carried trägt tragen getragen
takes take taken nimmt nehmen genommen
loses lose lost verliert verlieren verloren
needs need needed braucht brauchen gebraucht
forgets forget forgotten vergisst vergessen vergessen
"""
_ADJECTIVES = """
old alt
young jung
small klein
big groß
new neu
beautiful schön
strange seltsam
"""
_ADVERBS = """
today heute
tomorrow morgen
often oft
now jetzt
"""
_SPEAKERS = """
says sagt
believes glaubt
knows weiß
"""
_NUMBERS = """
two zwei
three drei
four vier
five fünf
"""
# Of German, by gender, "p" being the plural: the definite article, "this", the
# indefinite article, and the adjective's endings after the first two and after
# the third, or after a number.
_NOMINATIVE = {
    "m": ("der", "dieser", "ein", "e", "er"),
    "f": ("die", "diese", "eine", "e", "e"),
    "n": ("das", "dieses", "ein", "e", "es"),
    "p": ("die", "diese", "", "en", "e"),
}
_ACCUSATIVE = {
    **_NOMINATIVE,
    "m": ("den", "diesen", "einen", "en", "en"),
}
_IN = {"m": "im", "n": "im", "f": "in der"}


def pairs(count, seed):
    """Returns pairs of sentences, all different, two tuples of strings.

    Args:
        count: Number of pairs, at least 1 and far less than the grammar has.
        seed: Integer that decides which they are.
    """
    rng = generator(seed, "grammar")
    found = {}
    while len(found) < count:
        english, german = _sentence(_Draw(rng))
        found.setdefault(english, german)
    return tuple(found), tuple(found.values())


class _Draw:
    """Draws from the lists of words."""

    def __init__(self, rng):
        self._rng = rng

    def one_in(self, number):
        return self._rng.integers(number) == 0

    def of(self, table):
        rows = _TABLES[table]
        return rows[self._rng.integers(len(rows))]

    def up_to(self, number):
        return int(self._rng.integers(number))


def _sentence(draw):
    """Returns one sentence in both languages."""
    form = draw.up_to(5)
    subject, german_subject, plural = _noun_phrase(draw, "beings", _NOMINATIVE)
    kind = "beings" if draw.one_in(3) else "things"
    thing, german_thing, _ = _noun_phrase(draw, kind, _ACCUSATIVE)
    if draw.one_in(2):
        place, german_place, gender = draw.of("places")
        thing += f" in the {place}"
        german_thing += f" {_IN[gender]} {german_place}"
    third, base, participle, finite, infinitive, german_participle = draw.of(
        "verbs"
    )
    verb = base if plural else third
    german_verb = infinitive if plural else finite
    has, hat = ("have", "haben") if plural else ("has", "hat")
    if form == 0:
        english = f"{subject} {verb} {thing}"
        german = f"{german_subject} {german_verb} {german_thing}"
    elif form == 1:
        english = f"{subject} {has} {participle} {thing}"
        german = f"{german_subject} {hat} {german_thing} {german_participle}"
    elif form == 2:
        adverb, german_adverb = draw.of("adverbs")
        english = f"{adverb} {subject} {verb} {thing}"
        german = (
            f"{german_adverb} {german_verb} {german_subject} {german_thing}"
        )
    elif form == 3:
        wants, will = ("want", "wollen") if plural else ("wants", "will")
        english = f"{subject} {wants} to {base} {thing}"
        german = f"{german_subject} {will} {german_thing} {infinitive}"
    else:
        speaker, _, german_speaker, _, gender = draw.of("beings")
        says, sagt = draw.of("speakers")
        english = (
            f"the {speaker} {says} that {subject} {has} {participle} {thing}"
        )
        german = (
            f"{_NOMINATIVE[gender][0]} {german_speaker} {sagt}, dass "
            f"{german_subject} {german_thing} {german_participle} {hat}"
        )
    return _capital(english), _capital(german)


def _noun_phrase(draw, kind, case):
    """Returns a noun with its words in both languages, and if it is plural."""
    single, several, german, german_several, gender = draw.of(kind)
    plural = draw.one_in(3)
    adjective, german_adjective = ("", "")
    has_adjective = draw.one_in(2)
    if has_adjective:
        adjective, german_adjective = draw.of("adjectives")
        adjective += " "
    forms = case["p" if plural else gender]
    article = draw.up_to(3)
    noun, german_noun = single, german
    if plural:
        noun, german_noun = several, german_several
    if article == 2:
        words, german_words = draw.of("numbers")
        if not plural:
            vowel = (adjective or noun)[0] in "aeiou"
            words, german_words = "an" if vowel else "a", forms[2]
    else:
        this = "these" if plural else "this"
        words, german_words = ("the", this)[article], forms[article]
    if has_adjective:
        german_adjective += forms[4 if article == 2 else 3] + " "
    return (
        f"{words} {adjective}{noun}",
        f"{german_words} {german_adjective}{german_noun}",
        plural,
    )


def _capital(sentence):
    return f"{sentence[0].upper()}{sentence[1:]}."


_TABLES = {
    name: [line.split() for line in text.strip().splitlines()]
    for name, text in {
        "beings": _BEINGS,
        "things": _THINGS,
        "places": _PLACES,
        "verbs": _VERBS,
        "adjectives": _ADJECTIVES,
        "adverbs": _ADVERBS,
        "speakers": _SPEAKERS,
        "numbers": _NUMBERS,
    }.items()
}
