"""One file for each service, discovered by listing this package."""
