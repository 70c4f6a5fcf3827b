"""Programs for people; each explains itself with --help."""
