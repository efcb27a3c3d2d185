"""Parameter servers: the controller's variables and steps on a cluster.

This is the scheme of Zoph & Le 2017, section 3.2, with TensorFlow's
`ParameterServerStrategy`: the controller's variables are distributed over S
servers. K workers sample, compute gradients and apply them, each as soon as it
has them. The driver, TensorFlow's coordinator, schedules their work.

    with parameter_servers.start(2, 4) as place:
        strategy.place_on(place)
        strategy.start(space, seed)
        ...

Without `TF_CONFIG` the servers and workers are processes of this machine, which
no other machine can reach. With it they are those of a cluster: every task runs
the same command, which serves (`serve`) or drives, depending on `TF_CONFIG`.
"""

from nas_tf.parameter_servers._errors import ServerGone
from nas_tf.parameter_servers._start import serve
from nas_tf.parameter_servers._start import serves
from nas_tf.parameter_servers._start import start

__all__ = ["ServerGone", "serve", "serves", "start"]
