"""Settings, URLs, command line, embedded database."""
