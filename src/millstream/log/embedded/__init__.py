"""The embedded log: segment files and LMDB in one directory, used by several processes at once.

    log          EmbeddedLog, the contract over the modules below
    env          the directory, LMDB, and where foreign errors are mapped
    records      what LMDB holds: topics, partitions, segments
    codec        the stored form of a batch
    appender     appending inside the write transaction: tail, segment files, rolling
    segments     segment files, open and indexed, for reading
    reader       where an offset is, and the records from there on
    stores       keyed stores and group offsets
    counting     how many rows the stores hold, for monitoring
    deltas       changes of large stores, until they are in their place
    writing      the write transaction everything goes through
    durability   safe points: what a power cut leaves
    bells        who is told of a commit
    policy       a topic's configuration, as it concerns its files
    maintenance  retention, compaction, cleaning up

A commit: batches are encoded; the write transaction begins, which takes the one lock of all processes; large batches are written to
segment files behind the visible end, small ones into the tail; state, group offsets and end positions follow; LMDB commits. What
a process killed in between has written lies behind an end position, and does not exist.
"""

from millstream.log.embedded.log import EmbeddedLog
from millstream.log.embedded.maintenance import Report
from millstream.log.embedded.retention import Held

__all__ = ["EmbeddedLog", "Held", "Report"]
