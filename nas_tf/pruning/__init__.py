"""Rules that end the training of a child which does not pay.

After each epoch a child reports the reward that it has so far to the search's
process, where a rule decides whether it is trained further.
"""
