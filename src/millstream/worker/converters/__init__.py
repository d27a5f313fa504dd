"""Connect values <-> bytes. ``plugins.converter`` finds one by name and configures it.

    base         the contract, and the settings converters share
    plain        values <-> what JSON can hold (decimals, bytes, NaN)
    envelope     Connect's JSON form of a schema
    json         JsonConverter: plain JSON, or schema and payload
    json_schema  JSON Schema texts <-> Connect schemas
    json_sr      JsonSchemaConverter: JSON with a schema in the registry
    quick        JSON of plain columns, decoded and checked a batch at a time
    avro         AvroConverter
    avro_schema  Avro schemas <-> Connect schemas
    protobuf     ProtobufConverter
    registered   what the converters of a registry share
    primitive    StringConverter, ByteArrayConverter, IntegerConverter, ...
    automatic    what the worker uses where nothing is configured

Nothing here knows connectors or topics beyond their names.
"""
