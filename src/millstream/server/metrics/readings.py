"""The metrics' values, from what the server's parts count anyway. What may not live here: counting on anybody's way, the text format."""

from __future__ import annotations

import os
import resource
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from millstream import __version__
from millstream.errors import MillstreamError
from millstream.runtime import QueryStatus
from millstream.server.call import Host
from millstream.server.metrics.rows import RowCounts
from millstream.server.metrics.text import Reading

if TYPE_CHECKING:
    from millstream.session.database import Database

Readings = dict[str, list[Reading]]
_PAGE, _TICKS = resource.getpagesize(), os.sysconf("SC_CLK_TCK")


def readings(app: Host) -> Readings:
    """All metrics that have a value now, by name."""
    found: Readings = {
        "millstream_info": [((__version__, app.config.text("service.id")), 1.0)],
        "millstream_ready": [((), float(app.state == "READY"))],
        "millstream_standby": [((), float(app.state == "STANDBY"))],
        "millstream_start_time_seconds": [((), app.tally.started)],
        "millstream_requests_total": [(key, float(n)) for key, n in sorted(app.tally.requests.copy().items())],
        "millstream_request_threads_busy": [((), float(app.tally.busy - 1))],  # this request is not meant
    }
    database = app.database
    if database is None:
        return found | _processes({"server": os.getpid()})
    found["millstream_push_queries"] = [((), float(len(database.transients.all())))]
    with app.tally.lock:  # two who look at once would count rows twice
        app.tally.rows = app.tally.rows or RowCounts(database.log)
        found |= _queries(database) | _rows(database, app.tally.rows) | _connectors(database)
    pid = getattr(database.runtime, "pid", None)
    found |= _processes({"server": os.getpid()} | ({"engine": pid} if pid is not None else {}))
    directory = getattr(database.log, "directory", None)
    if directory is not None:
        found["millstream_data_directory_bytes"] = [((), float(_size(Path(directory))))]
    return found


def _queries(database: Database) -> Readings:
    try:
        known = database.runtime.status()
    except MillstreamError:
        known = {}  # every query is UNRESPONSIVE then
    found: Readings = {}
    states: Counter[str] = Counter()
    restarted = max((s.metrics.get("engine-restarts", 0.0) for s in known.values()), default=0.0)
    for query in database.catalog.queries.values():
        status = known.get(query.id, QueryStatus("UNRESPONSIVE"))
        state = "PAUSED" if query.paused else status.state
        states[state] += 1
        values: dict[str, Any] = {
            "up": float(state in ("RUNNING", "PAUSED")),
            "records_in_total": status.records_in,
            "records_out_total": status.records_out,
            "records_late_total": status.records_late,
            "records_failed_total": status.records_failed,
            "lag_records": status.lag,
            "commit_seconds": (status.metrics.get("commits", 0.0), status.metrics.get("commit-seconds", 0.0)),
            "restarts_total": status.metrics.get("restarts", 0.0) + status.metrics.get("engine-restarts", 0.0),
        }
        for name, value in values.items():
            found.setdefault(f"millstream_query_{name}", []).append(((query.id,), value))
    found["millstream_queries"] = [((state,), float(states[state])) for state in ("RUNNING", "PAUSED", "ERROR", "UNRESPONSIVE")]
    found["millstream_engine_restarts_total"] = [((), restarted)]
    return found


def _rows(database: Database, counts: RowCounts | None) -> Readings:
    try:
        rows = counts.look() if counts is not None else {}
    except MillstreamError:
        rows = {}
    return {"millstream_query_state_rows": [((query,), float(rows[query])) for query in list(database.catalog.queries) if query in rows]}


def _connectors(database: Database) -> Readings:
    """Nothing where no connector was made: the built-in worker is not started for this."""
    if database.connect is None or database.watch is None or not database.watch.awake():
        return {}
    try:
        all_of_them = database.connect.all()
    except MillstreamError:
        return {"millstream_connect_up": [((), 0.0)]}
    states: Counter[str] = Counter()
    tasks: Counter[tuple[str, str]] = Counter()
    for name, both in all_of_them.items():
        status = both.get("status", {})
        states[str(status.get("connector", {}).get("state", "UNASSIGNED"))] += 1
        for task in status.get("tasks", ()):
            tasks[name, str(task.get("state"))] += 1
    return {
        "millstream_connect_up": [((), 1.0)],
        "millstream_connectors": [((state,), float(count)) for state, count in sorted(states.items())],
        "millstream_connector_tasks": [(key, float(count)) for key, count in sorted(tasks.items())],
    }


def _processes(pids: dict[str, int]) -> Readings:
    memory: list[Reading] = []
    cpu: list[Reading] = []
    for name, pid in pids.items():
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            times = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it has just ended
        memory.append(((name,), float(pages * _PAGE)))
        cpu.append(((name,), (int(times[11]) + int(times[12])) / _TICKS))
    return {"millstream_process_resident_memory_bytes": memory, "millstream_process_cpu_seconds_total": cpu}


def _size(directory: Path) -> int:
    """Bytes on disk; LMDB's files have holes."""
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except OSError:
                continue  # removed meanwhile
    return total
