"""Evaluation: cases as data, scoring without a model, runs, comparison, reports, spreadsheets, a gate and bench."""
