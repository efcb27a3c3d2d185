"""Event files for TensorBoard, written without TensorFlow."""

import contextlib
import itertools
import os
import pathlib
import time

from nas_tf.errors import UsageError

_COUNTER = itertools.count()


class EventLog:
    """A folder of event files, which TensorBoard shows as one run.

    Every call writes its event completely or not at all before it returns. A
    folder that is opened again gets another file, which TensorBoard reads after
    the first.

    Args:
        folder: Path, made if missing.

    Raises:
        UsageError: If the folder or, by any method, the file cannot be
            written, for instance because the disk is full.
    """

    def __init__(self, folder):
        from tensorboard.compat.proto import event_pb2
        from tensorboard.compat.proto import summary_pb2

        self._event = event_pb2.Event
        self._summary = summary_pb2.Summary
        self.folder = pathlib.Path(folder)
        # TensorBoard reads a folder's files in the order of their names.
        name = (
            f"events.out.tfevents.{time.time():017.6f}.{os.getpid()}."
            f"{next(_COUNTER)}"
        )
        self._file = None
        with self._refusing():
            self.folder.mkdir(parents=True, exist_ok=True)
            # With a buffer, a failed write would be tried again on closing.
            self._file = open(self.folder / name, "xb", buffering=0)
        self._append(file_version="brain.Event:2")

    def scalars(self, values, step):
        """Adds a point to each of several curves.

        Args:
            values: Dict of numbers by name; "group/name" is shown in a group.
            step: Whole number, the position on the horizontal axis.
        """
        summary = self._summary()
        for name, value in values.items():
            summary.value.add(tag=name, simple_value=float(value))
        self._append(step=step, summary=summary)

    def text(self, name, text, step):
        """Adds a text.

        Args:
            name: As for scalars.
            text: Markdown.
            step: Whole number.
        """
        from tensorboard.plugins.text import metadata

        self._add(
            name,
            [text.encode()],
            metadata.create_summary_metadata(None, None),
            step,
        )

    def image(self, name, png, step):
        """Adds a picture.

        Args:
            name: As for scalars.
            png: Bytes of a PNG file.
            step: Whole number.
        """
        from tensorboard.plugins.image import metadata

        # A PNG begins with its width and height, four bytes each.
        size = [str(int.from_bytes(png[i : i + 4])).encode() for i in (16, 20)]
        self._add(
            name,
            [*size, png],
            metadata.create_summary_metadata(None, None),
            step,
        )

    def hparams(self, values, name, started):
        """Adds a row to the table of HParams.

        The row's metrics are the last points of the folder's scalars.

        Args:
            values: Dict of numbers, bools and strings by name: what was tried.
            name: Name of the row.
            started: Seconds since the epoch.
        """
        from tensorboard.plugins.hparams import summary_v2

        self._append(summary=summary_v2.hparams_pb(values, name, started))

    def flush(self):
        """Syncs the file, so that its content survives a crash of the machine.

        Other processes see what was written without this.
        """
        with self._refusing():
            os.fsync(self._file.fileno())

    def close(self):
        """Closes the file; nothing can be written afterwards."""
        if self._file is not None:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _add(self, name, strings, metadata, step):
        """Writes a list of byte strings as a tensor."""
        from tensorboard.util import tensor_util

        summary = self._summary()
        summary.value.add(
            tag=name,
            tensor=tensor_util.make_tensor_proto(strings),
            metadata=metadata,
        )
        self._append(step=step, summary=summary)

    def _append(self, **facts):
        from tensorboard.summary.writer.record_writer import RecordWriter

        event = self._event(wall_time=time.time(), **facts)
        record = _Record()
        RecordWriter(record).write(event.SerializeToString())
        with self._refusing():
            start = self._file.tell()
            try:
                rest = record.data
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError:
                with contextlib.suppress(OSError):
                    self._file.seek(start)
                    self._file.truncate()
                raise

    @contextlib.contextmanager
    def _refusing(self):
        try:
            yield
        except OSError as error:
            raise UsageError(
                f"Cannot write {self.folder}: {error.strerror or error}. The "
                f"same command resumes the run."
            ) from error


class _Record:
    """A file that a `RecordWriter` writes one record to."""

    def write(self, data):
        self.data = data
