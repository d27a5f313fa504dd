"""Documents into Elasticsearch or OpenSearch, under the keys of Confluent's and Aiven's sinks.

    keys       the configuration keys
    connector  the connector, its task, retries
    documents  records -> documents, ids and bulk lines
    cluster    the HTTP side: bulk requests, index creation, mappings

Nothing here knows which of the two products answers: both speak the same bulk API.
"""

from __future__ import annotations
