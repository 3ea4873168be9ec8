"""Raw files: downloaded, verified, unpacked, with their provenance."""
