"""One file a schema version; the file name starts with its revision."""
