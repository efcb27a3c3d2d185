"""Flags as a file, written and read back."""

from nas_tf.runs import flagfile


def test_flags_are_read_back(tmp_path):
    path = tmp_path / flagfile.FILE
    flagfile.write(
        path,
        ["--space=conv(num_layers=4, a='=')", "--seed=1", "--noreuse", "--all"],
    )
    assert flagfile.read(path) == {
        "space": "conv(num_layers=4, a='=')",
        "seed": "1",
        "noreuse": "noreuse",
        "all": "all",
    }


def test_what_is_no_flag_is_passed_over(tmp_path):
    path = tmp_path / flagfile.FILE
    path.write_bytes(b"# note\n\n--seed=1\nword\n--x=\xff\n")
    assert flagfile.read(path) == {"seed": "1", "x": "\ufffd"}


def test_without_a_file_there_are_none(tmp_path):
    assert flagfile.read(tmp_path / flagfile.FILE) == {}
