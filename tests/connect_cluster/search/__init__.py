"""A real OpenSearch node for tests: jars by Maven (45 MB), compiled launcher, a port and a directory of its own."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from demo.kafka import maven
from demo.kafka.process import Program, free_ports

_HERE = Path(__file__).parent
_PLUGINS = ("org.opensearch.transport.Netty4Plugin", "org.opensearch.analysis.common.CommonAnalysisPlugin")


class OpenSearch(Program):
    """``url`` is its REST API; with ``login`` (``user:password``) it asks for basic authentication."""

    def __init__(self, directory: Path, login: str = "") -> None:
        super().__init__("OpenSearch", directory)
        self._http, self._transport = free_ports(2)
        self._login = login
        self.url = f"http://127.0.0.1:{self._http}"

    def command(self) -> Sequence[str]:
        libraries = maven.jars("opensearch", _HERE / "pom.xml")
        launcher = _compiled(libraries)
        java = ["java", "-Xms384m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=ERROR"]
        place = [str(self.directory / "home"), str(self._http), str(self._transport), self._login]
        return [*java, "-cp", f"{launcher}:{libraries}/*", "SearchNode", *place, *_PLUGINS]

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as refused:
            return refused.code == 401
        except OSError:
            return False


def _compiled(libraries: Path) -> Path:
    """The launcher's class; what changed is compiled again."""
    source = _HERE / "SearchNode.java"

    def bring(part: Path) -> None:
        command = ["javac", "-nowarn", "-d", str(part), "-cp", f"{libraries}/*", str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise maven.Unavailable(f"{source} cannot be compiled:\n{done.stdout}{done.stderr}")

    return maven.once(f"search-node-{maven.fingerprint(source)}", bring)
