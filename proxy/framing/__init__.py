"""Sans-io framing: feed(bytes) gives events, flush() gives the rest."""
