"""Seeded mutation of statements and of records: whatever comes in ends in a result or in an error for people.

corpus      statements to start from
mutate      how statements and bytes are damaged
watch       a bound on how long one thing may take
statements  a world that damaged statements run in
records     a query over each format, and damaged records through it
"""
