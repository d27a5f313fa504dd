"""Single message transforms and predicates, by Kafka's class names. One family, one file.

    base       the contract; Key and Value variants
    chain      a configuration's transforms, made ready
    key        ValueToKey
    extract    ExtractField, HoistField
    fields     ReplaceField, MaskField
    insert     InsertField
    cast       Cast
    timestamps TimestampConverter, TimestampRouter
    route      RegexRouter
    flatten    Flatten
    headers    InsertHeader, DropHeaders, HeaderFrom
    metadata   SetSchemaMetadata
    drop       Filter
    unwrap     Debezium's ExtractNewRecordState
predicates TopicNameMatches, HasHeaderKey, RecordIsTombstone

A transform never waits and never looks outside its batch.
"""

from __future__ import annotations

_KAFKA = "org.apache.kafka.connect.transforms."


def _sides(name: str, where: str) -> dict[str, str]:
    return {f"{_KAFKA}{name}$Key": f"{where}:{name}Key", f"{_KAFKA}{name}$Value": f"{where}:{name}Value"}


#: full class name -> module:class
TRANSFORMS: dict[str, str] = {
    _KAFKA + "ValueToKey": "key:ValueToKey",
    **_sides("ExtractField", "extract"),
    **_sides("HoistField", "extract"),
    **_sides("ReplaceField", "fields"),
    **_sides("MaskField", "fields"),
    **_sides("InsertField", "insert"),
    **_sides("Cast", "cast"),
    **_sides("TimestampConverter", "timestamps"),
    **_sides("Flatten", "flatten"),
    **_sides("HeaderFrom", "headers"),
    **_sides("SetSchemaMetadata", "metadata"),
    _KAFKA + "TimestampRouter": "timestamps:TimestampRouter",
    _KAFKA + "RegexRouter": "route:RegexRouter",
    _KAFKA + "InsertHeader": "headers:InsertHeader",
    _KAFKA + "DropHeaders": "headers:DropHeaders",
    _KAFKA + "Filter": "drop:Filter",
    "io.debezium.transforms.ExtractNewRecordState": "unwrap:ExtractNewRecordState",
}

_PREDICATES = _KAFKA + "predicates."

PREDICATES: dict[str, str] = {
    _PREDICATES + "TopicNameMatches": "predicates:TopicNameMatches",
    _PREDICATES + "HasHeaderKey": "predicates:HasHeaderKey",
    _PREDICATES + "RecordIsTombstone": "predicates:RecordIsTombstone",
}
