"""From the winner of a search to a model: re-ranking, grid, training, export.

architectures  what `--architecture` stands for
candidates     architectures with changed options, as a search space
stages         candidates trained as trials of a run, the best chosen
trainer        one candidate trained to the end
export         the files that are taken away
serving        those files scored again, in a process of its own
"""
