"""Real engines and validators for the tests: fetched once into a cache below the home folder, run on
loopback.

    python -m aep_engines fetch kafka opensearch verapdf vnu axe
    python -m aep_engines run kafka --port 9092 --data /tmp/kafka

Needs Java (17 for Kafka and the validators, 21 for OpenSearch), Maven and npm; what is missing is named by
`EngineMissing`. Nothing here is used by the platform itself.
"""

from __future__ import annotations

from aep_engines.errors import EngineFailed, EngineMissing
from aep_engines.kafka import Kafka
from aep_engines.opensearch import OpenSearch
from aep_engines.validators import HtmlMessage, axe_source, nu_html, nu_html_files, verapdf

__all__ = [
    "EngineFailed",
    "EngineMissing",
    "HtmlMessage",
    "Kafka",
    "OpenSearch",
    "axe_source",
    "nu_html",
    "nu_html_files",
    "verapdf",
]
