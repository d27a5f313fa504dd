"""What a real ksqlDB wrote and registered for one relation with every type: I INTEGER ... BYT BYTES, a full row and a row of NULLs."""

from decimal import Decimal
from typing import Any

from millstream.types import (
    BIGINT,
    BOOLEAN,
    BYTES,
    DATE,
    DOUBLE,
    INTEGER,
    STRING,
    TIME,
    TIMESTAMP,
    Column,
    array,
    decimal,
    map_of,
    struct,
)

COLUMNS = [
    Column("I", INTEGER),
    Column("B", BIGINT),
    Column("D", DOUBLE),
    Column("BO", BOOLEAN),
    Column("DE", decimal(10, 2)),
    Column("S", STRING),
    Column("ARR", array(INTEGER)),
    Column("M", map_of(STRING, INTEGER)),
    Column("ST", struct([("X", INTEGER), ("Y", STRING)])),
    Column("TS", TIMESTAMP),
    Column("DT", DATE),
    Column("TM", TIME),
    Column("BYT", BYTES),
]
ROW: list[Any] = [
    2, 3000000000, 1.5, True, Decimal("12.34"), 'a"b\\c é', [1, 2], {"a": 1}, {"X": 1, "Y": "z"}, 1577840523456, 18262, 3723000, b"abc",
]  # fmt: skip
NULLS: list[Any] = [None] * len(COLUMNS)

AVRO_SCHEMA = (
    '{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields"'
    ':[{"name":"I","type":["null","int"],"default":null},{"name":"B","type":["null","long"],"default":nul'
    'l},{"name":"D","type":["null","double"],"default":null},{"name":"BO","type":["null","boolean"],"defa'
    'ult":null},{"name":"DE","type":["null",{"type":"bytes","scale":2,"precision":10,"connect.version":1,'
    '"connect.parameters":{"scale":"2","connect.decimal.precision":"10"},"connect.name":"org.apache.kafka'
    '.connect.data.Decimal","logicalType":"decimal"}],"default":null},{"name":"S","type":["null","string"'
    '],"default":null},{"name":"ARR","type":["null",{"type":"array","items":["null","int"]}],"default":nu'
    'll},{"name":"M","type":["null",{"type":"array","items":{"type":"record","name":"KsqlDataSourceSchema'
    '_M","fields":[{"name":"key","type":["null","string"],"default":null},{"name":"value","type":["null",'
    '"int"],"default":null}],"connect.internal.type":"MapEntry"},"connect.name":"io.confluent.ksql.avro_s'
    'chemas.KsqlDataSourceSchema_M"}],"default":null},{"name":"ST","type":["null",{"type":"record","name"'
    ':"KsqlDataSourceSchema_ST","fields":[{"name":"X","type":["null","int"],"default":null},{"name":"Y","'
    'type":["null","string"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSour'
    'ceSchema_ST"}],"default":null},{"name":"TS","type":["null",{"type":"long","connect.version":1,"conne'
    'ct.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}],"default":null'
    '},{"name":"DT","type":["null",{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.con'
    'nect.data.Date","logicalType":"date"}],"default":null},{"name":"TM","type":["null",{"type":"int","co'
    'nnect.version":1,"connect.name":"org.apache.kafka.connect.data.Time","logicalType":"time-millis"}],"'
    'default":null},{"name":"BYT","type":["null","bytes"],"default":null}],"connect.name":"io.confluent.k'
    'sql.avro_schemas.KsqlDataSourceSchema"}'
)

AVRO_ROW = bytes.fromhex(
    "000000000102040280f882ad1602000000000000f83f0201020404d202106122625c6320c3a9020402020204000202020261"
    "02020002020202027a0280e3fde9eb5b02ac9d0202f0bbc6030206616263"
)

AVRO_NULLS = bytes.fromhex("000000000100000000000000000000000000")

JSON_SR_SCHEMA = (
    '{"type":"object","properties":{"DE":{"connect.index":4,"oneOf":[{"type":"null"},{"type":"number","ti'
    'tle":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.par'
    'ameters":{"scale":"2","connect.decimal.precision":"10"}}]},"ARR":{"connect.index":6,"oneOf":[{"type"'
    ':"null"},{"type":"array","items":{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}'
    ']}}]},"ST":{"connect.index":8,"oneOf":[{"type":"null"},{"type":"object","properties":{"X":{"connect.'
    'index":0,"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int32"}]},"Y":{"connect.index":1'
    ',"oneOf":[{"type":"null"},{"type":"string"}]}}}]},"B":{"connect.index":1,"oneOf":[{"type":"null"},{"'
    'type":"integer","connect.type":"int64"}]},"D":{"connect.index":2,"oneOf":[{"type":"null"},{"type":"n'
    'umber","connect.type":"float64"}]},"I":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"integer"'
    ',"connect.type":"int32"}]},"BO":{"connect.index":3,"oneOf":[{"type":"null"},{"type":"boolean"}]},"M"'
    ':{"connect.index":7,"oneOf":[{"type":"null"},{"type":"array","connect.type":"map","items":{"type":"o'
    'bject","properties":{"value":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"integer","connect.'
    'type":"int32"}]},"key":{"connect.index":0,"oneOf":[{"type":"null"},{"type":"string"}]}}}}]},"DT":{"c'
    'onnect.index":10,"oneOf":[{"type":"null"},{"type":"integer","title":"org.apache.kafka.connect.data.D'
    'ate","connect.version":1,"connect.type":"int32"}]},"S":{"connect.index":5,"oneOf":[{"type":"null"},{'
    '"type":"string"}]},"TM":{"connect.index":11,"oneOf":[{"type":"null"},{"type":"integer","title":"org.'
    'apache.kafka.connect.data.Time","connect.version":1,"connect.type":"int32"}]},"BYT":{"connect.index"'
    ':12,"oneOf":[{"type":"null"},{"type":"string","connect.type":"bytes"}]},"TS":{"connect.index":9,"one'
    'Of":[{"type":"null"},{"type":"integer","title":"org.apache.kafka.connect.data.Timestamp","connect.ve'
    'rsion":1,"connect.type":"int64"}]}}}'
)

JSON_SR_ROW_TEXT = (
    '{"I":2,"B":3000000000,"D":1.5,"BO":true,"DE":12.34,"S":"a\\"b\\\\c é","ARR":[1,2],"M":[{"key":"a","valu'
    'e":1}],"ST":{"X":1,"Y":"z"},"TS":1577840523456,"DT":18262,"TM":3723000,"BYT":"YWJj"}'
)

PROTOBUF_SCHEMA = (
    'syntax = "proto3";\n\nimport "confluent/type/decimal.proto";\nimport "google/protobuf/timestamp.proto";'
    '\nimport "google/type/date.proto";\nimport "google/type/timeofday.proto";\n\nmessage ConnectDefault1 {\n '
    " int32 I = 1;\n  int64 B = 2;\n  double D = 3;\n  bool BO = 4;\n  confluent.type.Decimal DE = 5 [(conflu"
    'ent.field_meta) = {\n    params: [\n      {\n        value: "10",\n        key: "precision"\n      },\n   '
    '   {\n        value: "2",\n        key: "scale"\n      }\n    ]\n  }];\n  string S = 6;\n  repeated int32 A'
    "RR = 7;\n  repeated ConnectDefault2Entry M = 8;\n  ConnectDefault3 ST = 9;\n  google.protobuf.Timestamp"
    " TS = 10;\n  google.type.Date DT = 11;\n  google.type.TimeOfDay TM = 12;\n  bytes BYT = 13;\n\n  message "
    "ConnectDefault2Entry {\n    string key = 1;\n    int32 value = 2;\n  }\n  message ConnectDefault3 {\n    "
    "int32 X = 1;\n    string Y = 2;\n  }\n}\n"
)

PROTOBUF_ROW = bytes.fromhex(
    "00000000020008021080bcc1960b19000000000000f83f20012a080a0204d21004180232086122625c6320c3a93a02010242"
    "050a016110014a05080112017a520c088bdfaff005108084b8d9015a0708e40f1001180162060801100218036a03616263"
)

PROTOBUF_NULLS = bytes.fromhex("000000000200")
