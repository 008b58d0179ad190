"""The event log on Kafka: the adapter of the distributed profile, through aiokafka.

Partitions are assigned by hand and positions live with the consumer, so no consumer group of the broker is
used. The brokers should run with `auto.create.topics.enable=false`: the library's own questions about a topic
that was deleted would create it anew, neither compacted nor cut as declared.
"""

from __future__ import annotations

from aep_shared.eventlog.kafka.log import KafkaEventLog
from aep_shared.eventlog.kafka.reader import KafkaReader

__all__ = ["KafkaEventLog", "KafkaReader"]
