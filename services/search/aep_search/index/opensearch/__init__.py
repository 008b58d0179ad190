"""The index as one of OpenSearch."""
