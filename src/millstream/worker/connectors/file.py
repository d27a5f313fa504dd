"""Lines of a file: FileStreamSource sends each as a record, FileStreamSink writes each record as a line."""

from __future__ import annotations

import os
import stat
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import IO, Any

from millstream.worker.connectors.base import Connector, SinkTask, SourceTask, TaskContext
from millstream.worker.converters.json import encode_plain
from millstream.worker.definition import REQUIRED, ConfigDef, Key, KeyResult, at_least, non_empty
from millstream.worker.errors import TaskError
from millstream.worker.records import Polled, Records
from millstream.worker.schema import STRING

_BLOCK = 1 << 20


class FileStreamSourceConnector(Connector):
    """Kafka's file source: one task; a file that grows is followed, one that does not exist yet is waited for."""

    kind = "source"
    class_names = ("org.apache.kafka.connect.file.FileStreamSourceConnector",)
    definition = ConfigDef(
        [
            Key("file", "STRING", REQUIRED, "HIGH", "File to read.", check=non_empty),
            Key("topic", "STRING", REQUIRED, "HIGH", "Topic to write to.", check=non_empty),
            Key("batch.size", "INT", 2000, "LOW", "Most lines of one transaction.", check=at_least(1)),
            Key("poll.interval.ms", "LONG", 1000, "LOW", "Milliseconds between two looks at a file that has not grown.", check=at_least(1)),
        ]
    )

    def check_offsets(self, moved: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> bool:
        for partition, offset in moved:
            if offset is None:  # whatever it is, it may be forgotten
                continue
            if "filename" not in partition:
                raise ValueError("Partition objects should contain the key 'filename'")
            if "position" not in offset:
                raise ValueError("Offset objects should either be null or contain the key 'position'")
            if not isinstance(offset["position"], int) or isinstance(offset["position"], bool):
                raise ValueError("The value for the 'position' key in the offset is expected to be a Long value")
            if offset["position"] < 0:
                raise ValueError("The value for the 'position' key in the offset should be a non-negative value")
        return True

    def task(self) -> SourceTask:
        return FileStreamSourceTask()


class FileStreamSourceTask(SourceTask):
    """Reads whole lines from the committed position on."""

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        parsed = FileStreamSourceConnector.definition.parse(config)
        self._context, self._path, self._topic = context, parsed["file"], parsed["topic"]
        self._size, self._pause = parsed["batch.size"], parsed["poll.interval.ms"]
        self._partition = {"filename": self._path}
        position = (context.offset(self._partition) or {}).get("position", 0)
        if not isinstance(position, int):
            raise TaskError(f"The offset position of {self._path} is {position!r}: expected an integer.")
        self._position = position
        self._file: IO[bytes] | None = None

    def poll(self) -> list[Polled]:
        if self._file is None:
            try:
                self._file = open(self._path, "rb")  # noqa: SIM115 - stays open for the task's life
            except FileNotFoundError:
                self._context.wait(self._pause)
                return []
            except OSError as e:
                raise TaskError(f"Cannot read {self._path}: {e.strerror}.") from e
        self._file.seek(self._position)
        block = self._file.read(_BLOCK)
        lines = block.split(b"\n")[:-1][: self._size]
        if not lines:
            if len(block) == _BLOCK:
                raise TaskError(f"{self._path} has a line of more than {_BLOCK} bytes at position {self._position}.")
            self._context.wait(self._pause)
            return []
        self._position += sum(map(len, lines)) + len(lines)
        texts = [line.decode(errors="replace").removesuffix("\r") for line in lines]
        return [Polled(Records(self._topic, STRING, texts), self._partition, {"position": self._position})]

    def stop(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()


class FileStreamSinkConnector(Connector):
    """Kafka's file sink: each value's text as a line; without a file, to standard output."""

    kind = "sink"
    class_names = ("org.apache.kafka.connect.file.FileStreamSinkConnector",)
    definition = ConfigDef([Key("file", "STRING", None, "HIGH", "File to append to. Without it: standard output.")])

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        if "file" in given and not given["file"].strip():
            results["file"].errors.append("Invalid value for configuration file: String may not be empty")

    def task(self) -> SinkTask:
        return FileStreamSinkTask()


class FileStreamSinkTask(SinkTask):
    """Structs are written as JSON (Kafka's sink writes Java's ``Struct{...}``, which nothing reads).

    Exactly once: the file's length is committed with the positions. What a crash left behind that length is given again, and those
    lines are not written again.
    """

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        self._path = FileStreamSinkConnector.definition.parse(config)["file"]
        self._out: IO[bytes] = sys.stdout.buffer
        self._owned = False
        self._left: Counter[bytes] = Counter()
        if self._path:
            try:
                self._left = _behind(self._path, context.offset({"filename": self._path}) or {})
                self._out, self._owned = open(self._path, "ab"), True  # noqa: SIM115 - stays open for the task's life
                _keep_name(self._path)
            except OSError as e:
                raise TaskError(f"Cannot write {self._path}: {e.strerror}.") from e

    def put(self, records: Records) -> None:
        lines = [_line(v) for v in records.values]
        if self._left:
            lines = [line for line in lines if not self._is_there(line)]
        try:
            self._out.writelines(lines)
        except OSError as e:
            raise TaskError(f"Cannot write {self._path}: {e.strerror}.") from e

    def _is_there(self, line: bytes) -> bool:
        if self._left[line] <= 0:
            return False
        self._left[line] -= 1
        return True

    def flush(self) -> None:
        """Down to the disk: a position that outlives the machine must not be behind lines that do not."""
        try:
            self._out.flush()
            if self._owned and stat.S_ISREG(os.fstat(self._out.fileno()).st_mode):  # pipes and devices have no disk
                os.fsync(self._out.fileno())
        except OSError as e:
            raise TaskError(f"Cannot write {self._path}: {e.strerror}.") from e
        self._left.clear()  # what was left is given again in the first batch after a crash

    def position(self) -> tuple[dict[str, Any], dict[str, Any]] | None:
        if not self._owned or self._left:  # a length that goes beyond what is committed would have it written again after another crash
            return None
        found = os.fstat(self._out.fileno())
        return {"filename": self._path}, {"length": found.st_size, "inode": found.st_ino}

    def stop(self) -> None:
        if getattr(self, "_owned", False):
            try:
                self._out.close()
            except OSError as e:  # what was put and not flushed: it is given again
                raise TaskError(f"Cannot write {self._path}: {e.strerror}.") from e


def _keep_name(path: str) -> None:
    """A new file's name is kept by its folder, which has to reach the disk, too."""
    folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _behind(path: str, kept: Mapping[str, Any]) -> Counter[bytes]:
    """The lines behind the committed length of a file. Half a line at its end is cut off."""
    if "length" not in kept or not os.path.exists(path) or os.stat(path).st_ino != kept["inode"]:
        return Counter()
    with open(path, "rb") as file:
        file.seek(kept["length"])
        *lines, torn = file.read().split(b"\n")
    if torn:
        os.truncate(path, os.stat(path).st_size - len(torn))
    return Counter(line + b"\n" for line in lines)


def _line(value: Any) -> bytes:
    match value:
        case None:
            return b"null\n"
        case str():
            return value.encode() + b"\n"
        case bytes():
            return value + b"\n"
        case _:
            return (encode_plain([value], None)[0] or b"") + b"\n"
