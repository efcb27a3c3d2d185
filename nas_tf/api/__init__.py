"""Searches as functions of Python, and what they return.

run_search  a search of call strings, objects or data
open_run    the result of a run directory, without changing it
result      `SearchResult`: trials, tables and models
parts       what a result knows of a search's space and task
table       a result as a data frame
page        a result in a notebook
models      the best model, and ensembles of the best models
"""
