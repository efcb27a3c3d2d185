"""What Ray's workers do: each hands its children to a process it supervises.

Only that process may be ended for what a child does. Ray's worker lives on
and tells of it, so whatever ends Ray's worker is no child's doing.
"""

import concurrent.futures
import importlib.machinery
import os
import pickle
import sys
import traceback

from nas_tf.executors import worker
from nas_tf.executors.process import Process
from nas_tf.parent import die_with

# The process of this worker, and what it was made for.
_pool = None
_made_for = None


def run(home, limits, has_gpus, pickled, warm):
    """Has the supervised process call a function.

    Args:
        home: What `multiprocessing` tells its processes about the search's.
        limits: Arguments of `Process`.
        has_gpus: Whether Ray gave this worker GPUs.
        pickled: The function and its arguments.
        warm: Whether it only warms the process up.

    Returns:
        Tuple "returned" or "raised", what was, pickled, and a traceback; or
        tuple "failed", status and reason.
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
    if warm:
        futures = _pool.warm_up(_call, pickled)
    else:
        futures = [_pool.submit(_call, pickled)]
    concurrent.futures.wait(futures)
    failure = _pool.failure(futures[0])
    return ("failed", *failure) if failure else futures[0].result()


def _settle_in(home):
    # Ray's workers outlive a raylet that is killed for as long as their task
    # takes, which would then run twice.
    die_with(int(os.environ.get("RAY_RAYLET_PID") or os.getppid()))
    if os.path.isdir(home["dir"]):
        os.chdir(home["dir"])
    # The process is to load the search's main module as those of the process
    # executor do, and not that of Ray's workers.
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
    """Calls a function; what it returns or raises is not for Ray's worker.

    That would otherwise have to load all that the function needs.
    """
    try:
        result = worker.call(pickled)
        return "returned", pickle.dumps(result), ""
    except Exception as error:
        return "raised", pickle.dumps(error), traceback.format_exc()
