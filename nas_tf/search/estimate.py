"""How long a search will take, judged by its first children."""

from nas_tf import layout

# The number of children that it is judged by.
AFTER = 2


def text(trials, rule, workers, seconds):
    """Returns a sentence about the time that a search takes.

    Args:
        trials: The first trials of this start, at least one.
        rule: The run's `StoppingRule`.
        workers: How many children run at a time.
        seconds: Time since this start began.

    Returns:
        Text; "" if the children took no time, or there are no others.
    """
    each = sum(trial.result.seconds for trial in trials) / len(trials)
    if each <= 0:
        return ""
    pace = f"a child takes {layout.span(each)}"
    if workers > 1:
        pace += f", {workers} children run at a time"
    available = rule.seconds_left()
    if rule.max_children is not None:
        done = trials[-1].trial_id + 1
        left = (rule.max_children - done) * each / workers
        if left <= 0:
            return ""
        if available is None or left < available:
            what = "This search" if done == len(trials) else "The rest"
            return f"{what} takes about {layout.span(seconds + left)}: {pace}."
    if available is None:
        return f"{pace[0].upper()}{pace[1:]}."
    count = max(1, round(available / each * workers))
    return (
        f"There is time for about {count:,} more children in "
        f"{layout.span(available)}: {pace}."
    )
