"""The built-in registry: ids, versions, subjects, levels, deletes."""

import pytest

from millstream.errors import RegistryError
from millstream.formats.registry.model import Reference, Schema
from millstream.formats.registry.store import SchemaStore
from millstream.log.memory import MemoryLog

ONE = Schema("AVRO", '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}')
TWO = Schema(
    "AVRO", '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"],"default":null}]}'
)
BAD = Schema("AVRO", '{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}')


@pytest.fixture
def store() -> SchemaStore:
    return SchemaStore(MemoryLog())


def code(error: pytest.ExceptionInfo[RegistryError]) -> int:
    return error.value.code


def test_ids_and_versions(store: SchemaStore) -> None:
    """Equal schemas have one id whatever the white space and the subject; versions count in a subject."""
    assert store.register("s", "AVRO", ONE.text) == 1
    assert store.register("s", "AVRO", ONE.text.replace(" ", "")) == 1
    assert store.register("s", "AVRO", TWO.text) == 2
    assert store.register("t", "AVRO", ONE.text) == 1
    assert [v.version for v in store.versions("s")] == [1, 2]
    latest = store.latest("s")
    assert latest is not None
    assert (latest.id, latest.version, latest.kind) == (2, 2, "AVRO")
    assert store.by_id(1).text == ONE.text.replace(" ", "")
    assert store.subjects() == ["s", "t"]
    assert store.latest("other") is None
    with pytest.raises(RegistryError, match="Schema 9 not found") as error:
        store.by_id(9)
    assert code(error) == 40403


def test_survives_in_the_log() -> None:
    """What one store wrote another over the same log reads."""
    log = MemoryLog()
    SchemaStore(log).register("s", "JSON", '{"type": "string"}')
    assert SchemaStore(log).by_id(1).kind == "JSON"


def test_incompatible(store: SchemaStore) -> None:
    """A schema that cannot read the last one is refused, until the level allows it."""
    store.add("s", ONE)
    with pytest.raises(RegistryError, match="expected string, the writer has int") as error:
        store.add("s", BAD)
    assert error.value.status == 409
    assert store.check("s", TWO) == []
    store.set_level("NONE", "s")
    assert store.add("s", BAD).version == 2


def test_transitive_levels(store: SchemaStore) -> None:
    """Only a transitive level looks beyond the last version."""
    store.set_level("NONE")
    store.add("s", BAD)
    store.add("s", ONE)
    store.set_level("BACKWARD", "s")
    assert store.check("s", TWO) == []
    store.set_level("BACKWARD_TRANSITIVE", "s")
    assert store.check("s", TWO) != []


def test_deleting(store: SchemaStore) -> None:
    """A soft delete hides a subject but its ids still read; a permanent one needs a soft one first."""
    store.add("s", ONE)
    with pytest.raises(RegistryError) as error:
        store.remove_subject("s", permanent=True)
    assert code(error) == 40405
    assert store.remove_subject("s") == [1]
    assert store.subjects() == []
    assert store.subjects(deleted=True) == ["s"]
    assert store.by_id(1).kind == "AVRO"
    with pytest.raises(RegistryError) as error:
        store.remove_subject("s")
    assert code(error) == 40404
    assert store.add("s", ONE).version == 2
    store.delete_subject("s")
    assert store.remove_subject("s", permanent=True) == [1, 2]
    with pytest.raises(RegistryError) as error:
        store.remove_subject("s")
    assert code(error) == 40401
    store.delete_subject("s")


def test_deleting_a_version(store: SchemaStore) -> None:
    """One version goes softly, then for good."""
    store.add("s", ONE)
    store.add("s", TWO)
    assert store.remove_version("s", "latest") == 2
    with pytest.raises(RegistryError) as error:
        store.remove_version("s", 2)
    assert code(error) == 40406
    with pytest.raises(RegistryError) as error:
        store.remove_version("s", 1, permanent=True)
    assert code(error) == 40407
    assert store.remove_version("s", 2, permanent=True) == 2


def test_references(store: SchemaStore) -> None:
    """A schema may import another, which then cannot be deleted."""
    store.add("inner", Schema("AVRO", '{"type":"record","name":"In","fields":[]}'))
    outer = Schema("AVRO", '{"type":"record","name":"Out","fields":[{"name":"i","type":"In"}]}', (Reference("In", "inner", 1),))
    found = store.add("outer", outer)
    assert store.by_id(found.id).imports == (("In", '{"type":"record","name":"In","fields":[]}'),)
    with pytest.raises(RegistryError) as error:
        store.remove_subject("inner")
    assert code(error) == 42206


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (Schema("AVRO", "{"), "no JSON"),
        (Schema("AVRO", '{"type":"record"}'), "AVRO"),
        (Schema("JSON", "[1]"), "expected an object"),
        (Schema("PROTOBUF", "message {"), "ends in the middle"),
        (Schema("XML", "<a/>"), "expected one of AVRO, JSON, PROTOBUF"),
    ],
)
def test_invalid_schemas(store: SchemaStore, schema: Schema, reason: str) -> None:
    """What is no schema of its kind is refused with the reason."""
    with pytest.raises(RegistryError, match=reason) as error:
        store.add("s", schema)
    assert code(error) == 42201


def test_read_only(store: SchemaStore) -> None:
    """A read-only registry takes no new schema, but finds known ones."""
    store.add("s", ONE)
    store.set_mode("READONLY")
    assert store.add("s", ONE).id == 1
    with pytest.raises(RegistryError) as error:
        store.add("s", TWO)
    assert code(error) == 42205
