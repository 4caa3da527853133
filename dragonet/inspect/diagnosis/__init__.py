"""Diagnosis of a training in sentences."""
