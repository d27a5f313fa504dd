"""A server's process for a test to kill: ``python -m tests.engine.process.parent DIRECTORY`` starts a query and says where it runs."""

import sys
from pathlib import Path

from tests.engine.process.test_process import STREAM, Instance


def main() -> None:
    instance = Instance(Path(sys.argv[1]))
    instance.rig.sql(STREAM + "CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s GROUP BY k;")
    for _ in range(10):
        instance.rig.append("s", [b'{"V":1}'] * 1000, [b"a"] * 1000)
    print(instance.runtime.pid, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
