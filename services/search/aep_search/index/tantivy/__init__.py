"""The index as a folder of Tantivy, below the data folder."""
