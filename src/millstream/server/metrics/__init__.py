"""GET /metrics: what monitoring asks for, in Prometheus' text format.

table     which metrics there are: name, kind, labels, what it says
tally     what is counted with each request
text      the text format
readings  their values now
rows      how many rows the queries' state holds, counted bit by bit
answer    the answer to a request
"""

PATH = "/metrics"
#: What a scraper may ask for; all get the text format, which each can read.
CONTENT = ("text/plain", "application/openmetrics-text")
