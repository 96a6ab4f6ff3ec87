"""Adapters between the outside and updates: one folder or file per channel. They know no flow."""
