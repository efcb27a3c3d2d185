"""A run, or several, as one HTML page that needs nothing but itself.

What is shown is worked out from the journal in `series`, `work`, `shares` and
`groups`, drawn in `charts`, and put together in `run_page` and `compare_page`.
"""
