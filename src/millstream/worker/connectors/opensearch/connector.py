"""The sink connector and its task: bulk requests in the order of the records, retried; refused documents as configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millstream.worker.connectors.base import Connector, SinkTask, TaskContext
from millstream.worker.connectors.opensearch.cluster import Cluster
from millstream.worker.connectors.opensearch.documents import bulk_lines, id_of, index_of, to_document
from millstream.worker.connectors.opensearch.keys import KEYS
from millstream.worker.connectors.opensearch.writer import Writer
from millstream.worker.definition import KeyResult
from millstream.worker.errors import DataError, TaskError
from millstream.worker.log_names import logger
from millstream.worker.records import Records


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
        self._writer = Writer(self.cluster, self._config, context, lambda records, i, error: self._refused(records, i, error, drop=False))
        method = self._config["index.write.method"] or self._config["write.method"]
        self._upsert = method.lower() == "upsert"
        self._nulls: str = self._config["behavior.on.null.values"].lower()
        self._malformed: str = self._config["behavior.on.malformed.documents"].lower()

    def put(self, records: Records) -> None:
        index = index_of(self._config, records.topic)
        self._writer.ensure(index, records.topic, records.value_schema)
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
        self._writer.write(records, numbers, lines)

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
