"""Messages to assessments."""
