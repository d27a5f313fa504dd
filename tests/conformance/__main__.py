"""``python -m tests.conformance DIR [-k TEXT] [--json FILE] [-j N]``."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
import traceback
from pathlib import Path

from tests.conformance.cases import Case, load
from tests.conformance.report import Outcome, render, write_json

#: A case that runs longer than this (seconds) is a failure, not a reason to wait.
CASE_SECONDS = 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("-k", default="", metavar="TEXT", help="only cases whose file or name contains TEXT")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON too")
    parser.add_argument("-j", type=int, default=os.cpu_count() or 1, metavar="N", help="processes")
    parser.add_argument("-q", action="store_true", help="only the table and the closing line")
    options = parser.parse_args()
    cases = list(load(options.directory, options.k))
    if options.j > 1 and len(cases) > 20:
        with multiprocessing.get_context("fork").Pool(options.j) as pool:
            outcomes = pool.map(run, cases, chunksize=8)
    else:
        outcomes = [run(case) for case in cases]
    print(render(outcomes, verbose=not options.q))
    if options.json:
        write_json(outcomes, options.json)
    return 0 if all(o.error is None for o in outcomes) else 1


def run(case: Case) -> Outcome:
    """One case, whatever it does: an exception is a failure with its last line, a hang is cut off."""
    from tests.conformance import query, rest

    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(CASE_SECONDS)
    try:
        error = (rest if case.is_rest else query).run(case)
    except Exception as failure:
        where = traceback.extract_tb(failure.__traceback__)[-1]
        error = f"{type(failure).__name__}: {failure} ({Path(where.filename).name}:{where.lineno})"
    finally:
        signal.alarm(0)
    return Outcome(case.file, case.name, error)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"the case took longer than {CASE_SECONDS} s")


if __name__ == "__main__":
    sys.exit(main())
