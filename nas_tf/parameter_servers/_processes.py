"""Names, ends and network access of the serving processes."""

import contextlib
import ctypes
import os
import socket
import subprocess
import sys

import psutil

from nas_tf.errors import UsageError

# From Linux's prctl.h.
PR_SET_NAME = 15


def name_this(name):
    """Sets the name of this process in `ps` and `top`, up to 15 characters."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])


def end(nursery):
    """Ends the nursery, a `subprocess.Popen`, and thereby its children.

    If the nursery has to be killed, the kernel ends its children.
    """
    nursery.terminate()
    try:
        nursery.wait(timeout=5)
    except subprocess.TimeoutExpired:
        nursery.kill()
        nursery.wait()


def reserve_port():
    """Returns a socket that reserves a random port for processes of this user.

    The socket does not listen. Servers that start within `shared_ports` can
    listen at its port.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("", 0))
    return reserved


@contextlib.contextmanager
def shared_ports():
    """Lets TensorFlow's servers use ports that `reserve_port` reserved."""
    os.environ["TF_GRPC_REUSE_PORT"] = "true"
    try:
        yield
    finally:
        del os.environ["TF_GRPC_REUSE_PORT"]


def listen_on_loopback_only(port):
    """Makes this process's server unreachable from other machines.

    TensorFlow's server listens on all addresses of the machine, whatever its
    cluster specification says, and obeys anyone who connects. Bound to the
    loopback device, its socket accepts connections from this machine only.

    Args:
        port: The port that the server listens at.

    Raises:
        UsageError: If the socket cannot be bound, or if another machine
            connected before it was.
    """
    listening = [
        connection.fd
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr.port == port
    ]
    try:
        for descriptor in listening:
            with socket.socket(fileno=os.dup(descriptor)) as own:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    except (AttributeError, OSError) as error:
        raise UsageError(
            f"Expected a Linux that ties a server to the loopback device, for "
            f"parameter servers without TF_CONFIG. Received: {error}"
        ) from None
    # Of all processes, because a connection that has not been accepted yet
    # belongs to none.
    strangers = [
        connection.raddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.laddr.port == port
        and connection.raddr
        and not _is_loopback(connection.raddr.ip)
    ]
    if strangers or not listening:
        raise UsageError(
            f"Expected connections from this machine only at port {port}. "
            f"Received: {strangers}"
        )


def _is_loopback(address):
    return address.removeprefix("::ffff:").startswith("127.") or (
        address == "::1"
    )
