"""Run by ``test_crash`` in a process of its own: carries out its arguments on an embedded log, and says how far it got."""

from __future__ import annotations

import sys
from pathlib import Path

from millstream.engine.functions.registry import default_registry
from millstream.engine.local import LocalRuntime
from millstream.log.embedded import EmbeddedLog
from millstream.session.database import Database


def main() -> None:
    log = EmbeddedLog(Path(sys.argv[1]))
    functions = default_registry()
    runtime = LocalRuntime(log, functions)
    database = Database(log, runtime, functions)
    for text in sys.argv[2:]:
        for result in database.execute(text, {"auto.offset.reset": "earliest"}):
            print(type(result).__name__, getattr(result, "query_id", None), flush=True)
        runtime.run_until_idle()
    print("relations", *sorted(set(database.catalog.relations) - {"KSQL_PROCESSING_LOG"}), flush=True)
    print("queries", *sorted(runtime.tasks), flush=True)
    if log.topic("COUNTS") is not None:
        print("counts", *[v.decode() for v in log.read("COUNTS", 0, 0).values if v is not None], flush=True)
    database.close()
    log.close()


if __name__ == "__main__":
    main()
