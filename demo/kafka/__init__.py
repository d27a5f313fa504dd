"""Kafka as the demo and the tests run it: the jars, a broker, a Connect worker. Nothing here knows Millstream."""

from __future__ import annotations
