"""The server of a task: TensorFlow's, with few threads and no GPUs."""

import os

from nas_tf.lazy_keras import import_tensorflow
from nas_tf.lazy_keras import leave_out_extras
from nas_tf.parameter_servers import _cluster


def prepare():
    """Sets environment variables that TensorFlow reads when it is imported."""
    os.environ.update(
        TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1",
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        # Makes a call to a lost task fail at once.
        GRPC_FAIL_FAST="use_caller",
    )


def begin(cluster):
    """Starts this task's server; it ends with the process.

    Args:
        cluster: `Cluster`.

    Returns:
        The server, to be kept.
    """
    leave_out_extras()
    tf = import_tensorflow()
    config = tf.compat.v1.ConfigProto(
        # Each worker's call occupies a thread while it waits for another call.
        # With fewer threads than workers, calls would wait forever.
        inter_op_parallelism_threads=len(cluster.jobs[_cluster.WORKER]) + 4,
        intra_op_parallelism_threads=1,
    )
    return tf.distribute.Server(
        cluster.jobs,
        job_name=cluster.job,
        task_index=cluster.index,
        config=config,
    )
