"""Pieces of changes, compiled and in Python: the same is kept of the same records, and stores hold it."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millstream.log.embedded import EmbeddedLog
from millstream.log.embedded.pieces import Piece, PlainPiece
from millstream.log.kafka import native

#: As in the tests of the batch layer: where nothing can compile it there is only one.
_COMPILER = shutil.which("cc") and (Path(sysconfig.get_paths()["include"]) / "Python.h").exists()
LAYERS = ("off", "on") if _COMPILER else ("off",)

KEYS = st.one_of(st.none(), st.binary(max_size=3), st.binary(max_size=3).map(lambda tail: b"a common beginning" + tail))
RECORDS = st.lists(st.lists(st.tuples(KEYS, st.one_of(st.none(), st.binary(max_size=9))), max_size=20), max_size=4)


def made(layer: str) -> Piece:
    """An empty piece of a layer."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MILLSTREAM_BATCH_LAYER", layer)
        found = native.piece()
    assert isinstance(found, PlainPiece) == (layer == "off")
    return found


@pytest.mark.parametrize("layer", LAYERS)
@given(RECORDS)
def test_the_newest_record_of_a_key_counts(layer: str, batches: list[list[tuple[bytes | None, bytes | None]]]) -> None:
    """Keys come in byte order, each once; deleted ones apart; records without a key are left out."""
    piece, wanted = made(layer), dict[bytes, bytes | None]()
    for batch in batches:
        piece.add([key for key, _ in batch], [value for _, value in batch])
        wanted.update((key, value) for key, value in batch if key is not None)
    assert piece.longest == max(map(len, wanted), default=0)
    assert piece.used > 0 or not wanted
    assert list(piece.items(b"p")) == [(b"p" + key, value) for key, value in sorted(wanted.items()) if value is not None]
    assert list(piece.deleted()) == [key for key, value in sorted(wanted.items()) if value is None]


@pytest.mark.parametrize("layer", LAYERS)
def test_stores_hold_what_is_put_in_by_pieces(layer: str, tmp_path: Path) -> None:
    """Into an empty store, over what is there, into one in front of others, with keys too long for a place of their own."""
    steps: list[tuple[str, dict[bytes, bytes | None]]] = [
        ("a", {b"%05d" % at: b"1" for at in range(0, 9000, 2)}),
        ("b", {b"%05d" % at: b"b" for at in range(50)}),
        ("a", {b"%05d" % at: None if at % 3 == 0 else b"2" for at in range(7000)}),
        ("a", {b"x" * 600 + b"%d" % at: b"long" for at in range(3)}),
        ("a", {b"x" * 600 + b"1": None, b"00001": b"3", b"none": None}),
        ("b", {}),
    ]
    wanted: dict[str, dict[bytes, bytes]] = {"a": {}, "b": {}}
    with EmbeddedLog(tmp_path / "data", fsync=False) as log:
        for number, (store, changes) in enumerate(steps, 1):
            piece = made(layer)
            piece.add(list(changes), list(changes.values()))
            log.load(store, 0, piece, "g", {("t", 0): number})
            for key, value in changes.items():
                wanted[store].pop(key, None)
                if value is not None:
                    wanted[store][key] = value
            assert log.committed("g") == {("t", 0): number}
            for name, rows in wanted.items():
                assert list(log.scan(name, 0)) == sorted(rows.items())


def test_what_is_no_record_is_refused() -> None:
    """The compiled piece checks what it is given, and takes nothing once it was asked."""
    if LAYERS == ("off",):
        return
    piece = made("on")
    with pytest.raises(ValueError, match="differ in length"):
        piece.add([b"k"], [])
    with pytest.raises(TypeError, match="expected bytes"):
        piece.add(["k"], [b"v"])  # type: ignore[list-item]
    piece.add([b"k"], [b"v"])
    assert list(piece.items(b"")) == [(b"k", b"v")]
    with pytest.raises(ValueError, match="asked for already"):
        piece.add([b"k"], [b"w"])
