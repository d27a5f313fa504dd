"""The metrics: the one place that says which there are. docs/operations.md is written from it. Values are in ``readings``.

Names follow Prometheus: units are seconds and bytes, what only grows ends in ``_total``. Counters of a query begin at 0 when its
engine process does.
"""

from __future__ import annotations

from millstream.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """``kind``: counter, gauge or summary (``_count`` and ``_sum``)."""

    name: str
    kind: str
    doc: str
    labels: tuple[str, ...] = ()


_QUERY = ("query",)

METRICS = (
    Metric("millstream_info", "gauge", "Always 1; the labels say version and service.", ("version", "service_id")),
    Metric("millstream_ready", "gauge", "1 while statements are carried out, 0 while the server starts, waits or ends."),
    Metric("millstream_standby", "gauge", "1 while another server of the service leads and this one waits."),
    Metric("millstream_start_time_seconds", "gauge", "When the server started, in seconds since 1970."),
    Metric("millstream_requests_total", "counter", "Requests that were answered, by route and status.", ("method", "route", "status")),
    Metric("millstream_request_threads_busy", "gauge", "Requests that are being carried out or wait for a thread."),
    Metric("millstream_queries", "gauge", "Persistent queries by state.", ("state",)),
    Metric("millstream_push_queries", "gauge", "Push queries that run now."),
    Metric("millstream_query_up", "gauge", "1 while the query runs or is paused, 0 while it is in ERROR or UNRESPONSIVE.", _QUERY),
    Metric("millstream_query_records_in_total", "counter", "Records that the query has read.", _QUERY),
    Metric("millstream_query_records_out_total", "counter", "Records that it has written and committed.", _QUERY),
    Metric("millstream_query_records_late_total", "counter", "Records that were dropped because their window had closed.", _QUERY),
    Metric("millstream_query_records_failed_total", "counter", "Rows that it added to the processing log.", _QUERY),
    Metric("millstream_query_lag_records", "gauge", "Records in its inputs that it has not read.", _QUERY),
    Metric("millstream_query_commit_seconds", "summary", "Time that its commits took.", _QUERY),
    Metric("millstream_query_state_rows", "gauge", "Rows of its state, counted bit by bit: those of a large state lag behind.", _QUERY),
    Metric(
        "millstream_query_restarts_total",
        "counter",
        "How often it went back to its last commit: a commit that failed, a missing broker or topic, an engine process that ended.",
        _QUERY,
    ),
    Metric("millstream_engine_restarts_total", "counter", "Engine processes that took the place of one that ended."),
    Metric("millstream_process_resident_memory_bytes", "gauge", "Resident memory by process: server, engine.", ("process",)),
    Metric("millstream_process_cpu_seconds_total", "counter", "CPU time by process: server, engine.", ("process",)),
    Metric("millstream_data_directory_bytes", "gauge", "Size of the data directory's state and log on disk."),
    Metric("millstream_connect_up", "gauge", "Whether Connect answers; absent where nothing asked for it yet."),
    Metric("millstream_connectors", "gauge", "Connectors by state.", ("state",)),
    Metric("millstream_connector_tasks", "gauge", "Tasks by connector and state.", ("connector", "state")),
)
