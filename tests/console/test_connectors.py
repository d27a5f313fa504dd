"""What the console prints of connectors' own entities."""

from __future__ import annotations

from millstream.console.render import entity


def test_a_change_is_a_table_of_keys_before_and_after() -> None:
    changes = [{"key": "a", "before": None, "after": "1"}, {"key": "bb", "before": "[hidden]", "after": None}]
    text = entity(
        {"@type": "connector_change", "connectorName": "c", "changes": changes, "altered": True, "message": "Connector c altered"}
    )
    assert text.splitlines()[:4] == [
        "Property |  Before   |   After",
        "---------|-----------|----------",
        "a        | (not set) | 1",
        "bb       | [hidden]  | (not set)",
    ]
    assert "Connector c altered" in text


def test_nothing_to_change_prints_no_table() -> None:
    text = entity({"@type": "connector_change", "connectorName": "c", "changes": [], "altered": False, "message": "nothing to change"})
    assert "Property" not in text


def test_statements_and_offsets_are_printed_as_they_are() -> None:
    body = {"@type": "connector_text", "connectorName": "c", "content": "CREATE ...;", "warnings": [{"message": "p: masked."}]}
    assert entity(body) == "WARNING: p: masked.\nCREATE ...;"
