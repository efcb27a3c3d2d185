"""The code of Ray's workers: each passes children to a supervised process.

If a child fails, only that process ends. Ray's worker survives and reports it.
Whatever ends Ray's worker itself is therefore not a child's failure.
"""

import concurrent.futures
import importlib.machinery
import os
import pickle
import sys
import traceback

from nas_tf.executors import worker
from nas_tf.executors._call import CannotStart
from nas_tf.executors.process import Process
from nas_tf.machine.parent import die_with

# The process of this worker, and the limits and GPUs it was made for.
_pool = None
_made_for = None


def run(home, limits, has_gpus, pickled, warm):
    """Lets the supervised process call a function.

    Args:
        home: What the processes of `multiprocessing` know of the search's.
        limits: Arguments of `Process`.
        has_gpus: Whether Ray gave this worker GPUs.
        pickled: The function and its arguments.
        warm: Whether the call only warms the process up.

    Returns:
        Tuple of "returned" or "raised", the pickled result or exception, and a
        traceback; or tuple of "failed", status and reason.
    """
    global _pool, _made_for
    if not has_gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if _pool is None:
        _settle_in(home)
    if (limits, gpus) != _made_for:
        # Ray may have given this worker another GPU.
        if _pool is not None:
            _pool.stop()
        _pool = Process(workers=1, **limits)
        _pool.reserve(max(1, len(gpus.split(","))))
        _made_for = (limits, gpus)
    try:
        if warm:
            futures = _pool.warm_up(_call, pickled)
        else:
            futures = [_pool.submit(_call, pickled)]
        concurrent.futures.wait(futures)
        failure = _pool.failure(futures[0])
    except CannotStart:
        # This worker may be asked again when the machine has recovered.
        _pool.stop()
        _pool = _made_for = None
        raise
    return ("failed", *failure) if failure else futures[0].result()


def _settle_in(home):
    # If its raylet is killed, a worker continues its task to the end. The task,
    # which Ray starts again elsewhere, would then run twice.
    die_with(int(os.environ.get("RAY_RAYLET_PID") or os.getppid()))
    if os.path.isdir(home["dir"]):
        os.chdir(home["dir"])
    # The process has to load the search's main module, as in the process
    # executor, and not that of Ray's workers.
    main = sys.modules["__main__"]
    main.__spec__ = None
    main.__file__ = None
    if "init_main_from_name" in home:
        main.__spec__ = importlib.machinery.ModuleSpec(
            home["init_main_from_name"], None
        )
    elif os.path.exists(home.get("init_main_from_path", "")):
        main.__file__ = home["init_main_from_path"]


def _call(pickled):
    """Calls a function and pickles what it returns or raises.

    Otherwise Ray's worker would have to load all modules that the function
    needs.
    """
    try:
        result = worker.call(pickled)
        return "returned", pickle.dumps(result), ""
    except Exception as error:
        return "raised", pickle.dumps(error), traceback.format_exc()
