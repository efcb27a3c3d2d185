"""Parameter servers: the controller's variables and steps on a cluster.

The paper's scheme (Zoph & Le 2017, section 3.2) by TensorFlow's
`ParameterServerStrategy`: S servers share out the controller's variables, and
K workers sample, compute gradients and apply them, each as soon as it has
them. The driver, TensorFlow's coordinator, tells them what to do.

    with parameter_servers.start(2, 4) as place:
        strategy.place_on(place)
        strategy.start(space, seed)
        ...

Without `TF_CONFIG` the servers and workers are processes of this machine that
no other can reach. With it they are those of a cluster: every task runs the
same command, which serves (`serve`) or drives as `TF_CONFIG` says.
"""

from nas_tf.parameter_servers._errors import ServerGone
from nas_tf.parameter_servers._start import serve
from nas_tf.parameter_servers._start import serves
from nas_tf.parameter_servers._start import start

__all__ = ["ServerGone", "serve", "serves", "start"]
