"""``python -m millstream.worker DIRECTORY [--host H] [--port P] [--registry URL]``: the Connect worker alone."""

from __future__ import annotations

import argparse

from millstream.worker.serve import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="millstream.worker", description="Run the Connect worker over a data directory.")
    parser.add_argument("directory", help="the data directory")
    parser.add_argument("--host", default="127.0.0.1", help="address of the REST API")
    parser.add_argument("--port", type=int, default=8083, help="port of the REST API")
    parser.add_argument("--registry", help="URL of a schema registry; without it the built-in one")
    given = parser.parse_args()
    serve(given.directory, given.host, given.port, registry_url=given.registry)


if __name__ == "__main__":
    main()
