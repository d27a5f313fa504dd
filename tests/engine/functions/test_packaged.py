"""Functions of an installed package: a stranger's, found by what the package's metadata says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MODULE = """
from millstream.engine.functions.user import aggregate, scalar, table

@scalar("NET(gross DOUBLE, rate DOUBLE) -> DOUBLE", doc="Takes the tax off a price.")
def net(gross, rate):
    return round(gross / (1 + rate), 2)

@table("WORDS(text STRING) -> STRING", doc="Splits at blanks.")
def words(text):
    return (text or "").split()

@aggregate("LONGEST(text STRING) -> STRING", doc="The longest text.")
class Longest:
    def init(self):
        return ""
    def add(self, state, text):
        return max(state, text or "", key=len)
    def merge(self, left, right):
        return max(left, right, key=len)
    def result(self, state):
        return state
"""
SCRIPT = """
DESCRIBE FUNCTION net;
SHOW FUNCTIONS;
CREATE STREAM sales (k STRING KEY, p DOUBLE, t STRING) WITH (kafka_topic='sales', value_format='JSON', partitions=1);
CREATE STREAM nets AS SELECT k, NET(p, 0.25) AS net FROM sales;
CREATE STREAM parts AS SELECT k, WORDS(t) AS w FROM sales;
CREATE TABLE longest AS SELECT k, LONGEST(t) AS t FROM sales GROUP BY k;
INSERT INTO sales VALUES ('a', 12.5, 'one three');
INSERT INTO sales VALUES ('a', NET(2.5, 0.25), 'two');
ASSERT VALUES nets VALUES ('a', 10.0);
ASSERT VALUES nets VALUES ('a', 1.6);
ASSERT VALUES parts VALUES ('a', 'one');
ASSERT VALUES parts VALUES ('a', 'three');
ASSERT VALUES longest VALUES ('a', 'one three');
ASSERT VALUES longest VALUES ('a', 'one three');
"""


def _installed(site: Path, module: str) -> Path:
    """What an installer leaves of a package named taxes."""
    metadata = site / "taxes-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "taxes.py").write_text(module)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: taxes\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[millstream.functions]\ntaxes = taxes\n")
    return site


def _run(site: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """The script in a console of its own, engine process and all."""
    script = tmp_path / "script.sql"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "millstream", "--data-dir", str(tmp_path / "data"), "-f", str(script)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)


def test_an_installed_package_brings_functions(tmp_path: Path) -> None:
    """They are listed, described, run in queries and in INSERT."""
    done = _run(_installed(tmp_path / "site", MODULE), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Takes the tax off a price." in done.stdout
    assert done.stdout.count("is as asserted") == 6


def test_a_package_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    """The server does not start, and says which entry point it is."""
    done = _run(_installed(tmp_path / "site", "import nothing_of_that_name\n"), tmp_path)
    assert done.returncode != 0
    assert "The functions of taxes cannot be loaded: ModuleNotFoundError" in done.stderr
    assert "Traceback" not in done.stderr
