"""Whole servers, killed while a pipeline runs."""
