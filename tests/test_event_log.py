"""Event files, read back by TensorBoard's own reader."""

import io
import resource
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing import event_accumulator
from tensorboard.plugins.hparams import metadata

from nas_tf.errors import UsageError
from nas_tf.runs.event_log import EventLog

WITHOUT_TENSORFLOW = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ImportError("there is no TensorFlow")

sys.meta_path.insert(0, Refuse())
from nas_tf.runs.event_log import EventLog
with EventLog(sys.argv[1]) as log:
    log.scalars({"loss": 0.5}, 1)
    log.text("note", "a text", 1)
    log.image("picture", b"\\x89PNG" + bytes(60), 1)
    log.hparams({"width": 3}, "trial", 0.0)
    log.flush()
assert "tensorflow" not in sys.modules
"""


def read(folder):
    reader = event_accumulator.EventAccumulator(
        str(folder), size_guidance={"tensors": 0, "scalars": 0}
    )
    reader.Reload()
    return reader


def plugin(reader, tag):
    return reader.SummaryMetadata(tag).plugin_data.plugin_name


def strings(reader, tag):
    return [
        (event.step, list(event.tensor_proto.string_val))
        for event in reader.Tensors(tag)
    ]


def png(width, height):
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "png")
    return buffer.getvalue()


def test_scalars_are_read_back(tmp_path):
    with EventLog(tmp_path) as log:
        for step in (1, 2, 5):
            log.scalars({"a/loss": 1 / step, "reward": step}, step)
        log.scalars({"reward": np.float32(0.5)}, np.int64(6))
    reader = read(tmp_path)
    loss = [(event.step, event.value) for event in reader.Scalars("a/loss")]
    assert loss == [(1, 1.0), (2, 0.5), (5, pytest.approx(0.2))]
    assert [e.value for e in reader.Scalars("reward")] == [1, 2, 5, 0.5]


def test_what_was_written_is_there_before_the_file_is_closed(tmp_path):
    log = EventLog(tmp_path)
    log.scalars({"reward": 1}, 1)
    assert len(read(tmp_path).Scalars("reward")) == 1
    log.close()


def test_texts_are_read_back(tmp_path):
    with EventLog(tmp_path) as log:
        log.text("best", "layer 1: 3x3, größer", 1)
        log.text("best", "layer 1: 5x5", 7)
    reader = read(tmp_path)
    assert plugin(reader, "best") == "text"
    assert [(s, b.decode()) for s, [b] in strings(reader, "best")] == [
        (1, "layer 1: 3x3, größer"),
        (7, "layer 1: 5x5"),
    ]


def test_images_are_read_back(tmp_path):
    with EventLog(tmp_path) as log:
        log.image("picture", png(300, 70), 4)
    reader = read(tmp_path)
    assert plugin(reader, "picture") == "images"
    [(step, [width, height, picture])] = strings(reader, "picture")
    assert (step, width, height) == (4, b"300", b"70")
    assert picture == png(300, 70)


def test_hparams_are_read_back(tmp_path):
    values = {"filter_width/1": 3, "skip/3": "1,2", "wide": True, "rate": 0.1}
    with EventLog(tmp_path) as log:
        log.hparams(values, "trial_7", 1000.0)
    start = session(read(tmp_path))
    assert start.group_name == "trial_7"
    assert start.start_time_secs == 1000.0
    assert start.hparams["filter_width/1"].number_value == 3
    assert start.hparams["skip/3"].string_value == "1,2"
    assert start.hparams["wide"].bool_value is True
    assert start.hparams["rate"].number_value == 0.1


def session(reader):
    tag = metadata.SESSION_START_INFO_TAG
    assert plugin(reader, tag) == "hparams"
    return metadata.parse_session_start_info_plugin_data(
        reader.SummaryMetadata(tag).plugin_data.content
    )


def test_a_folder_opened_again_goes_on(tmp_path):
    for step in range(1, 13):
        with EventLog(tmp_path) as log:
            log.scalars({"reward": step}, step)
    assert len(list(tmp_path.iterdir())) == 12
    found = [event.step for event in read(tmp_path).Scalars("reward")]
    assert found == list(range(1, 13))


def test_a_full_disk_is_said_in_one_line_and_tears_nothing(tmp_path):
    log = EventLog(tmp_path)
    log.scalars({"reward": 1}, 1)
    [file] = tmp_path.iterdir()
    size = file.stat().st_size
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, old[1]))
    try:
        with pytest.raises(UsageError) as caught:
            log.scalars({"reward": 2}, 2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)

    assert str(caught.value).startswith(f"Cannot write {tmp_path}: File too")
    assert "\n" not in str(caught.value)
    assert file.stat().st_size == size
    log.scalars({"reward": 3}, 3)
    log.close()
    assert [e.step for e in read(tmp_path).Scalars("reward")] == [1, 3]


def test_a_folder_that_cannot_be_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Cannot write .*file/events: Not a"):
        EventLog(tmp_path / "file" / "events")


def test_tensorflow_is_not_needed(tmp_path):
    subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW, str(tmp_path)], check=True
    )
    reader = read(tmp_path)
    assert [event.value for event in reader.Scalars("loss")] == [0.5]
    assert {plugin(reader, tag) for tag in ("note", "picture")} == {
        "text",
        "images",
    }
