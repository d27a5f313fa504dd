"""Topics, keyed stores and group offsets behind one commit.

    base         the contract: Log, Transaction, Batch, TopicInfo
    names        what is a legal topic name
    staging      a transaction before its commit; shared by memory and embedded
    partitioner  which partition a key belongs to, as Kafka's producers choose it
    crash        named points of the commit at which tests stop the process
    memory       a log in this process only, for tests
    embedded/    segment files + LMDB in one directory, shared by processes
    kafka        an Apache Kafka cluster

Knows no SQL, no formats, no queries.
"""
