"""Runs conformance cases: any directory laid out like ksqlDB's own functional tests.

cases     files -> cases (one a format)
values    JSON of a case <-> bytes of a record
compare   expected and actual records, rows and schemas
query     one query case: statements, records in, records out
rest      one REST case: statements, responses
report    the table by file, the failures, the closing line
"""
