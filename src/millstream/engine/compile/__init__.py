"""Plan -> Python source -> functions.

program      compile_plan: the whole of it
build        what the steps of one query share
source       text and namespace while code is written
expressions  typed expressions as source
flow, step   how a record travels from node to node while code is written
scan         the loop over a batch, decoding
decode       what scans call
tables       a table's rows and deletions
stateless    Filter, Project, FlatMap, SelectKey
keys         keys as bytes, and back
aggregate    GROUP BY with its calls (calls) and sessions (sessions)
lookup       stream-table joins
joins        table-table and stream-stream joins, with what sides share (sides)
derived      what operators remember of their stores, after a rollback too
foreign_key  foreign-key joins
keep, view   the rows that pull queries read
sink         records out, rows out
output       what sinks write into
"""
