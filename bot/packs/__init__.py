"""A municipality's folder of files, as values."""
