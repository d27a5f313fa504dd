"""Keyed stores of a query, in front of any log's ``get``, ``scan`` and transactions.

    codec     rows and keys <-> bytes
    keyed     KeyedStore: a cache of decoded rows, written back once per commit
    timers    what is due when: the time index that expiry of the others walks
    windowed  WindowStore: (key, window start) -> row
    session   SessionStore: the sessions of a key; finding and merging them
    buffer    JoinBuffer: (key, time, sequence) -> row, for stream-stream joins

All share one life: the task changes a store, ``flush`` stages the changes in the task's transaction, then ``committed`` or
``rollback`` is called. Stores have no clock and no thread; times are the stream's, in ms. One thread uses a store.
"""

from millstream.state.buffer import JoinBuffer
from millstream.state.codec import BytesKeys, KeyCodec, RowCodec
from millstream.state.keyed import MISSING, KeyedStore
from millstream.state.session import Session, SessionStore
from millstream.state.windowed import WindowStore

__all__ = ["MISSING", "BytesKeys", "JoinBuffer", "KeyCodec", "KeyedStore", "RowCodec", "Session", "SessionStore", "WindowStore"]
