"""Self-contained HTML pages about runs and trainings.

`run` and `trained` read the directories. `measure`, `series`, `work`, `shares`,
`importance` and `groups` compute the numbers, `charts` and `decision_charts`
draw them. `headline`, `overview`, `architectures`, `training`, `course` and
`trial_table` are sections, which `run_page`, `compare_page` and `training_page`
put together. `watch` makes a page anew as its run goes on.
"""
