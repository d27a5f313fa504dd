"""BENCH: what the product costs on this machine. ``make bench``, or ``python -m bench [NAMES] [--quick]``.

figures      a measured figure, its bar, how it is printed
machine      CPU time, memory and disk of processes and folders, out of /proc
data         page views, users, odd records
rig          a database in this process; a server in processes of its own
producing    records for a topic of a broker
throughput   joins and counts, log to log
keys         COUNT by few and by many keys
latency      from an inserted row to a push query; REST calls; idle
starting     start and restart
memory       memory of the demo's pipeline and of a client that stops reading; disk after retention
connectors   Datagen, JDBC source and sink
codecs       each format's decoder and encoder
expressions  families of functions
kafka/       Kafka to Kafka, beside Kafka Streams on the same broker
logs         the embedded log and the keyed stores by themselves

Rates are records per CPU-second of all processes involved, medians of several runs: wall clocks of a shared machine say little.
"""
