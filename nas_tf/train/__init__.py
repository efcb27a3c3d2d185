"""From the winner of a search to a model: re-ranking, grid, training, export.

architectures  finds what `--architecture` names
candidates     architectures with changed options, as a search space
plan           what is to be trained, and the directory that belongs to it
procedure      the steps of a training
stages         candidates trained briefly as trials of a run, the best chosen
trainer        one candidate trained in full
progress       what is shown at the terminal and in TensorBoard
export         the exported files, replaced as a whole
formats        further formats of the exported model, one file each
model_card     what is written about a model
serving        exported files loaded and scored again, in a process of their own
"""
