"""Names, ends and network access of the serving processes."""

import contextlib
import ctypes
import os
import socket
import struct
import subprocess
import sys

import psutil

from nas_tf.errors import UsageError

# From Linux's prctl.h.
PR_SET_NAME = 15
# From Linux's asm-generic/socket.h: which packets reach a socket, and which of
# the sockets at one port is chosen.
SO_ATTACH_FILTER = 26
SO_ATTACH_REUSEPORT_CBPF = 51
# From Linux's filter.h: load a word, jump if equal, return, and the place of
# the number of the device that a packet came by.
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_DEVICE = 0xFFFFF000 + 8
# Programs for the kernel: (code, skip if true, skip if false, value).
_DROP_ALL = ((_RETURN, 0, 0, 0),)


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


@contextlib.contextmanager
def guarded(port):
    """Hides a server of this process from other machines while it starts.

    TensorFlow's server listens on all addresses of the machine, whatever its
    cluster specification says, and obeys anyone who connects. Within the
    context the kernel gives connections from other machines to a socket that
    drops them, from the server's first moment on. At the end the server's
    sockets are bound to the loopback device.

    Args:
        port: A port that `reserve_port` has reserved.

    Raises:
        UsageError: If the system cannot do that, or if there is no server.
    """
    try:
        guard = _guard(port)
    except (AttributeError, OSError) as error:
        raise _no_loopback(error) from None
    with guard:
        yield
        _listen_on_loopback_only(port, guard)


def _guard(port):
    try:
        guard = socket.socket(socket.AF_INET6)
        # TensorFlow's servers listen at IPv4 addresses by such a socket.
        guard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    except OSError:
        # A machine without IPv6.
        guard = socket.socket(socket.AF_INET)
    try:
        guard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _attach(guard, SO_ATTACH_FILTER, _DROP_ALL)
        guard.bind(("", port))
        guard.listen(1)
        # Of the sockets at the port, 0 is this one and 1 the server's. Without
        # a server yet, a packet is dropped and sent again a second later.
        loopback = socket.if_nametoindex("lo")
        program = (
            (_LOAD, 0, 0, _DEVICE),
            (_IF_EQUAL, 0, 1, loopback),
            (_RETURN, 0, 0, 1),
            (_RETURN, 0, 0, 0),
        )
        _attach(guard, SO_ATTACH_REUSEPORT_CBPF, program)
    except OSError:
        guard.close()
        raise
    return guard


def _attach(own, option, program):
    """Attaches a program for the kernel to a socket."""
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    kept = ctypes.create_string_buffer(code)
    address = struct.pack("HL", len(program), ctypes.addressof(kept))
    own.setsockopt(socket.SOL_SOCKET, option, address)


def _listen_on_loopback_only(port, guard):
    listening = [
        connection.fd
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr.port == port
        and connection.fd != guard.fileno()
    ]
    if not listening:
        raise UsageError(f"Expected a server at port {port}. Received: none")
    try:
        for descriptor in listening:
            with socket.socket(fileno=os.dup(descriptor)) as own:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    except (AttributeError, OSError) as error:
        raise _no_loopback(error) from None


def _no_loopback(error):
    return UsageError(
        f"Expected a Linux that ties a server to the loopback device, for "
        f"parameter servers without TF_CONFIG. Received: {error}"
    )
