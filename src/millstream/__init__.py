"""Millstream: a streaming SQL database that speaks KSQL and has Kafka Connect built into its language.

errors      the one error tree
types       SQL types, columns, schemas
functions   the contract of SQL functions
config      every setting, with its default and one line of documentation
tls         certificates towards servers that are called; why a call failed, in words
sql         text -> statement
catalog     what exists: streams, tables, types, variables, queries
plan        statement + catalog -> plan
runtime     the contract of whatever runs plans
engine      plan -> rows, on this machine
log         topics: create, append, read, delete
state       keyed stores of a query
formats     bytes <-> values, and the schema registry
session     the one door: SQL text in, results out
connect     Kafka Connect as the session sees it
worker      the built-in Kafka Connect worker
server      ksqlDB's REST API
console     the prompt
"""

__version__ = "0.1.0"
