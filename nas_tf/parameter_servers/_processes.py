"""What a serving process does about its name, its parent and the network."""

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
    """Has `ps` and `top` show up to 15 characters for this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])


def end(nursery):
    """Ends a `subprocess.Popen`, which ends its children if it can.

    Otherwise the kernel does.
    """
    nursery.terminate()
    try:
        nursery.wait(timeout=5)
    except subprocess.TimeoutExpired:
        nursery.kill()
        nursery.wait()


def reserve_port():
    """Returns a socket that keeps a random port for processes of this user.

    It does not listen. Servers begun within `shared_ports` can.
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("", 0))
    return reserved


@contextlib.contextmanager
def shared_ports():
    """Has TensorFlow's servers take ports that `reserve_port` keeps."""
    os.environ["TF_GRPC_REUSE_PORT"] = "true"
    try:
        yield
    finally:
        del os.environ["TF_GRPC_REUSE_PORT"]


def listen_on_loopback_only(port):
    """Cuts this process's server off from other machines.

    TensorFlow's server listens on all addresses of the machine, whatever its
    cluster says, and does what anybody tells it. Tied to the loopback device
    its socket takes connections of this machine alone. Should another machine
    have connected in the moment before that, this raises.

    Raises:
        UsageError: If that cannot be had.
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
    # Those of all processes: one that was not accepted yet is nobody's.
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
