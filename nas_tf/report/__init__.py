"""Self-contained HTML pages about runs and trainings.

`run` and `trained` read the directories, `series`, `work`, `shares` and
`groups` compute the numbers, `charts` and `decision_charts` draw them, and
`run_page`, `compare_page` and `training_page` put the pages together.
"""
