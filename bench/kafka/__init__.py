"""KAFKA: the same jobs on Millstream and on Kafka Streams, from topic to topic of one broker, exactly once.

jobs     the jobs: statements, what is read, how outputs are compared
node     the broker of a run, and the records on it
peer     the Kafka Streams program: brought by Maven, compiled, started
sides    a job on either side: started, watched until it has read everything, its CPU time
digest   what an output topic holds, whatever the order and the spelling
delay    produce to read_committed consumer, at a steady pace
compare  the bench: a line a job
"""
