"""The house rules that a machine can check: docstrings, sizes, imports, no registry addresses."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src" / "millstream").rglob("*.py"))

#: A file longer than this is two files; a function longer than this is two functions. Exceptions give their reason.
FILE_LINES, FUNCTION_LINES = 400, 60
LONG_FILES: dict[str, str] = {
    "sql/tree/statements.py": "one small dataclass a statement, nothing else",
}
LONG_FUNCTIONS: dict[str, str] = {}


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT / "src" / "millstream"))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_every_module_opens_with_what_lives_there(path: Path) -> None:
    """A module without a docstring tells a reader nothing."""
    assert ast.get_docstring(ast.parse(path.read_text())), f"{_name(path)} has no module docstring"


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_files_and_functions_stay_small(path: Path) -> None:
    """Files stay readable in one sitting, functions on one screen."""
    text = path.read_text()
    if _name(path) not in LONG_FILES:
        assert text.count("\n") <= FILE_LINES, f"{_name(path)} has {text.count(chr(10))} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            place = f"{_name(path)}:{node.name}"
            assert lines <= FUNCTION_LINES or place in LONG_FUNCTIONS, f"{place} has {lines} lines"


def test_import_contracts_hold() -> None:
    """Imports point down; the worker stands alone (contracts in pyproject.toml)."""
    tool = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([str(tool)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_file_holds_a_registry_address() -> None:
    """Dependencies are pinned by version; where they come from is the machine's business."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    address = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|maven|npmjs|crates)[\w.-]*")
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".toml", ".txt", ".md", ".xml", ".sh", ""} and path.is_file():
            found = address.search(path.read_text(errors="replace"))
            assert not found, f"{name} holds the address {found.group(0) if found else ''}"
