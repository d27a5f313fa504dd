"""Documents into Elasticsearch or OpenSearch, under the keys of Confluent's and Aiven's sinks.

    keys       the configuration keys
    connector  the connector and its task
    documents  records -> documents, ids and bulk lines
    writer     bulk requests: how much at once, what is sent again
    cluster    the HTTP side: bulk requests, index creation, mappings

Nothing here knows which of the two products answers: both speak the same bulk API.
"""

from __future__ import annotations
