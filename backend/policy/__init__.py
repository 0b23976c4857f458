"""What is decided and in which words it is said."""
