"""Speed and quality, each printing JSON."""
