"""What processes and folders use, read from /proc and the file system."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and everything it started that still runs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def cpu(root: int) -> float:
    """CPU seconds that a process and what it started have used so far. Without processes that ended."""
    total = 0
    for pid in tree(root):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def anonymous(root: int) -> float:
    """Anonymous resident memory of a process and what it started, in MB."""
    return sum(anonymous_of(pid) for pid in tree(root))


def anonymous_of(pid: int) -> float:
    """Anonymous resident memory of one process, in MB."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:")), 0) / 1024


def disk(folder: Path) -> int:
    """Bytes that the files of a folder occupy on disk."""
    return sum(p.stat().st_blocks * 512 for p in folder.rglob("*") if p.is_file())
