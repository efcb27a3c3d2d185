"""BLEU, whose values here were computed by sacrebleu 2.6.0 beforehand."""

import importlib.util
import os
import pathlib

import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _bleu


def bleu(hypotheses, references, name="BLEU"):
    return _bleu.scores(hypotheses, references)[name]["value"]


def test_sentences_have_the_known_scores():
    found = bleu(["the cat is on the mat"], ["the cat sat on the mat"])
    assert found == pytest.approx(37.99178428257963, abs=1e-9)
    hypotheses = [
        "ein mann fährt auf einem fahrrad .",
        "zwei hunde spielen im schnee .",
    ]
    references = ["ein mann fährt fahrrad .", hypotheses[1]]
    found = bleu(hypotheses, references)
    assert found == pytest.approx(61.869176588627376, abs=1e-9)


def test_scores_have_their_signatures():
    lines = ["Ein Mann fährt auf einem Fahrrad."]
    found = _bleu.scores([lines[0].lower()], lines)
    assert list(found) == ["BLEU", "BLEU, lower-cased", "chrF"]
    signature = found["BLEU"]["signature"]
    assert signature.startswith(
        "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:"
    )
    assert "|case:lc|" in found["BLEU, lower-cased"]["signature"]
    assert found["BLEU, lower-cased"]["value"] == pytest.approx(100)
    assert found["BLEU"]["value"] < 70 < found["chrF"]["value"] < 100
    assert bleu(lines, lines, "chrF") == pytest.approx(100)


def test_without_sacrebleu_it_is_one_line(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install 'sacrebleu"):
        _bleu.scores(["a"], ["a"])


@pytest.mark.real_data
def test_real_multi30k_has_the_known_scores():
    root = pathlib.Path(os.environ.get("NAS_TF_DATA_DIR", "none")) / "multi30k"
    if not root.is_dir():
        pytest.skip("NAS_TF_DATA_DIR has no multi30k")
    english, german = (
        (root / f"test_2016_flickr.{ending}").read_text("utf-8").splitlines()
        for ending in ("en", "de")
    )
    assert bleu(german, german) == pytest.approx(100)
    assert bleu(english, german) == pytest.approx(0.48, abs=0.005)
    without_last = [" ".join(line.split()[:-1]) for line in german]
    assert bleu(without_last, german) == pytest.approx(82.21993278935076)
    without_first = [" ".join(line.split()[1:]) for line in german]
    assert bleu(without_first, german) == pytest.approx(91.33550139662398)
    lower = [line.lower() for line in german]
    assert bleu(lower, german) == pytest.approx(23.272362980056975)
    assert bleu(lower, german, "BLEU, lower-cased") == pytest.approx(100)
