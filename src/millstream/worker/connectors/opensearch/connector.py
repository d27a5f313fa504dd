"""The sink connector and its task: bulk requests in the order of the records, retried; refused documents as configured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millstream.worker.connectors.base import Connector, SinkTask, TaskContext
from millstream.worker.connectors.opensearch.cluster import Cluster
from millstream.worker.connectors.opensearch.documents import bulk_lines, id_of, index_of, mapping_of, to_document
from millstream.worker.connectors.opensearch.keys import KEYS
from millstream.worker.definition import KeyResult
from millstream.worker.errors import DataError, RetriableError, TaskError
from millstream.worker.log_names import logger
from millstream.worker.records import Records
from millstream.worker.schema import ConnectSchema

_CONFLICT = 409


class OpenSearchSinkConnector(Connector):
    """One class under the names of all three: the bulk API is the same."""

    kind = "sink"
    class_names = (
        "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector",
        "io.aiven.kafka.connect.opensearch.OpenSearchSinkConnector",
        "io.aiven.connect.elasticsearch.ElasticsearchSinkConnector",
    )
    definition = KEYS

    def task_configs(self, config: Mapping[str, str], tasks_max: int) -> list[dict[str, str]]:
        return [dict(config)] * tasks_max

    def validate(self, given: Mapping[str, str], results: dict[str, KeyResult]) -> None:
        urls = results["connection.url"]
        bad = [u for u in urls.value or () if not u.lower().startswith(("http://", "https://"))]
        if bad:
            urls.errors.append(f"Invalid value for configuration connection.url: {', '.join(bad)}: expected http:// or https:// URLs")
        if bool(results["connection.username"].value) != bool(results["connection.password"].value):
            results["connection.username"].errors.append("Both connection.username and connection.password must be set, or neither.")

    def task(self) -> SinkTask:
        return OpenSearchSinkTask()


class OpenSearchSinkTask(SinkTask):
    """A record given twice is the same document twice: its id and version come from key and offset."""

    cluster: Cluster | None = None

    def start(self, config: Mapping[str, str], context: TaskContext) -> None:
        self._config, self._context = KEYS.parse(config), context
        self.cluster = self.cluster or Cluster(self._config)
        self._indices: set[str] = set()
        method = self._config["index.write.method"] or self._config["write.method"]
        self._upsert = method.lower() == "upsert"
        self._nulls: str = self._config["behavior.on.null.values"].lower()
        self._malformed: str = self._config["behavior.on.malformed.documents"].lower()

    def put(self, records: Records) -> None:
        index = index_of(self._config, records.topic)
        self._ensure(index, records.topic, records.value_schema)
        document = to_document(records.value_schema)
        numbers: list[int] = []
        lines: list[bytes] = []
        for i in range(len(records)):
            try:
                made = self._line(records, i, index, document)
            except DataError as e:
                self._refused(records, i, e, drop=self._config["drop.invalid.message"])
                continue
            if made is not None:
                numbers.append(i)
                lines.append(made)
        size = self._config["batch.size"]
        for start in range(0, len(lines), size):
            self._send(records, numbers[start : start + size], lines[start : start + size])

    def _line(self, records: Records, i: int, index: str, document: Any) -> bytes | None:
        ignore_key = self._config["key.ignore"] or records.topic in self._config["topic.key.ignore"]
        value = records.values[i]
        if value is None:
            if self._nulls == "ignore" or (self._nulls == "delete" and records.key(i) is None):
                return None
            if self._nulls == "fail" or ignore_key:
                raise DataError(
                    f"null value at {records.topic}-{records.partition}@{records.offsets[i]}, and behavior.on.null.values={self._nulls}"
                    + (" needs the record's key as id: set key.ignore=false." if ignore_key and self._nulls == "delete" else ".")
                )
            return bulk_lines("delete", index, id_of(records, i, False), records.offsets[i], None)
        if ignore_key and self._config["key.ignore.id.strategy"] == "none":
            return bulk_lines("index", index, None, None, document(value))
        number = id_of(records, i, ignore_key)
        if self._upsert:
            return bulk_lines("update", index, number, None, document(value))
        return bulk_lines("index", index, number, None if ignore_key else records.offsets[i], document(value))

    def _ensure(self, index: str, topic: str, schema: ConnectSchema | None) -> None:
        if index in self._indices:
            return
        ignore = self._config["schema.ignore"] or topic in self._config["topic.schema.ignore"]
        mapping = mapping_of(schema) if schema is not None and schema.type == "struct" and not ignore else None
        assert self.cluster is not None
        cluster = self.cluster
        self._retry(lambda: cluster.ensure_index(index, mapping))
        self._indices.add(index)

    def _send(self, records: Records, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """Send, then again what the cluster was too busy for."""
        todo = list(zip(numbers, lines, strict=True))
        assert self.cluster is not None
        cluster = self.cluster

        def attempt() -> None:
            outcomes = cluster.bulk(b"".join(line for _, line in todo))
            busy = []
            for (i, line), outcome in zip(list(todo), outcomes, strict=True):
                status = outcome["status"]
                if status in (429, 503):
                    busy.append((i, line))
                elif status >= 400 and status not in (404, _CONFLICT):
                    self._refused(records, i, DataError(_fault(outcome)), drop=False)
            todo[:] = busy
            if busy:
                raise RetriableError(f"The cluster was too busy for {len(busy)} documents.")

        self._retry(attempt)

    def _retry(self, action: Any) -> None:
        attempts, pause = self._config["max.retries"] + 1, self._config["retry.backoff.ms"]
        for left in range(attempts - 1, -1, -1):
            try:
                action()
                return
            except RetriableError as e:
                if left == 0 or self._context.wait(pause):
                    raise TaskError(f"Gave up after {attempts} tries: {e.message}") from e
                pause *= 2

    def _refused(self, records: Records, i: int, error: DataError, *, drop: bool) -> None:
        if drop or self._malformed in ("ignore", "warn"):
            level = logger("opensearch").debug if self._malformed == "ignore" and not drop else logger("opensearch").warning
            level("A record of %s is left out: %s", records.topic, error.message)
            return
        if self._context.tolerates or self._malformed == "report":
            self._context.report(records.part([i]), error)
            return
        raise TaskError(error.message) from error

    def stop(self) -> None:
        if self.cluster is not None:
            self.cluster.close()


def _fault(outcome: dict[str, Any]) -> str:
    error = outcome.get("error") or {}
    cause = error.get("caused_by", {}).get("reason", "")
    text = f"{error.get('type')}: {error.get('reason')}" if isinstance(error, dict) else str(error)
    return f"The cluster refused document {outcome.get('_id')} of {outcome.get('_index')}: {text}" + (f" ({cause})" if cause else "")
