"""The same search with nas_tf and with KerasTuner; see docs/keras_tuner.md.

with_nas_tf        what a user of nas_tf writes
with_keras_tuner   what a user of KerasTuner writes
"""
