import re

from nas_tf.tasks import _grammar
from nas_tf.tasks import grammar_translation


def test_sentences_are_right():
    # Each has another form, and endings that depend on gender and case.
    translations = dict(zip(*_grammar.pairs(3600, 0)))
    for english, german in [
        (
            "An old cat has forgotten these aunts.",
            "Eine alte Katze hat diese Tanten vergessen.",
        ),
        (
            "Now this small dog sees the lamp.",
            "Jetzt sieht dieser kleine Hund die Lampe.",
        ),
        (
            "The man says that this horse has painted the new picture in the "
            "forest.",
            "Der Mann sagt, dass dieses Pferd das neue Bild im Wald gemalt "
            "hat.",
        ),
        (
            "This small child wants to buy this big key in the school.",
            "Dieses kleine Kind will diesen großen Schlüssel in der Schule "
            "kaufen.",
        ),
        (
            "Four old girls forget the girl in the garden.",
            "Vier alte Mädchen vergessen das Mädchen im Garten.",
        ),
    ]:
        assert translations[english] == german, english


def test_pairs_are_different_and_a_function_of_the_seed():
    english, german = _grammar.pairs(500, 0)
    assert len(set(english)) == len(english) == len(german) == 500
    assert _grammar.pairs(500, 0) == (english, german)
    assert _grammar.pairs(500, 1)[0] != english
    form = re.compile(r"[A-ZÄÖÜ][a-zäöüß]*,?( [A-ZÄÖÜa-zäöüß]+,?)+\.")
    assert all(form.fullmatch(line) for line in (*english, *german))


def test_splits_have_no_sentence_in_common():
    task = grammar_translation.make()
    splits = [task.read(name) for name in ("train", "valid", "test")]
    assert [len(s[0]) for s in splits] == [3000, 300, 300]
    assert len(set().union(*(s[0] for s in splits))) == 3600
