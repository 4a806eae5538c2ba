"""The log, out and in: one file a format."""
