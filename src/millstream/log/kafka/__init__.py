"""The log on an Apache Kafka cluster: topics, groups and transactions are Kafka's, stores are local with changelogs on Kafka.

    log          KafkaLog, the contract over the modules below
    open         KafkaLog from a server's configuration
    settings     the clients' configurations; security settings pass through
    security     Java's names of security settings, as librdkafka has them
    names        names of internal topics, groups and transactional ids
    errors       the seam where librdkafka's errors become ours
    admin        the client that asks about topics, and whether a broker answers
    topics       administration: topics, offsets, groups
    assignments  who reads which topic
    reader       which cursor an offset belongs to
    fetch        a consumer and its places
    cursor       a place in a partition, and what was fetched there
    objects      what a consumer fetched, through confluent-kafka's objects
    native/      the same by lists, compiled at set-up: the batch layer
    marks        records of the time 0
    writer       a transactional producer and how its transactions end
    writers      the writers of this process, and who is fenced
    outcomes     how its last transactions ended
    changelogs   the local stores and what restores them
    locks        file locks on the local stores
    leader       which server of a service leads
    announcements  what leaders say, and where
    bell         the doorbell of this process

A commit: one Kafka transaction with outputs, store changes (to the changelogs) and input offsets; then the local stores with their
place in the changelogs. What Kafka has is the truth: after a crash in between the local stores are brought to it.
"""

from millstream.log.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
