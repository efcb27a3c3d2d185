"""Random edits of files, such as a stranger or a broken disk makes."""

import io
import json
import os
import shutil
import zipfile

import numpy as np

DEEP = 10_000
# What the module of a stranger is called wherever a name is expected.
STRANGER = "stranger_module"
_RAW = {
    "<NaN>": "NaN",
    "<Infinity>": "-Infinity",
    "<1e400>": "1e400",
    "<huge>": "9" * 5000,
    "<400 digits>": "9" * 400,
    "<deep list>": "[" * DEEP + "]" * DEEP,
    "<deep object>": '{"a":' * 150 + "1" + "}" * 150,
    "<surrogate>": '"\\ud800"',
    "<control>": '"\\u202e\\u0000\\u001b[2J\\r\\n"',
}
_VALUES = (
    *_RAW,
    *(None, True, False, 0, 1, -1, 2**31, 2**63, 2**70, 0.5, -0.5, 1e300),
    *(1e308, -1e308, 5e-324, "", "x", "0", "ok", [], {}, [None], [[]]),
    *({"a": None}, {"name": "x"}, {"type": "Pointer", "size": 3}),
    *(STRANGER, f"{STRANGER}(a=1)", f"{STRANGER}.make", f"conv({STRANGER}=1)"),
    *("conv(", "conv(num_layers=10**9)", "tree(base=2)", "none", "x" * 5000),
    *("../../..", "/dev/zero", "\n", "<script>", "$\\frac{", "&#x202e;"),
)
_BYTES = (
    *(b"\r", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"[" * DEEP),
    *(b'"', b"{", b"}", b",", b"-", b"e400", b"\xed\xa0\x80", b"\x1b[2J"),
    *(b"# comment\n", b"\xe2\x80\xae", b"\x85", b"\xe2\x80\xa8", b"(" * 500),
)


def edit(path, rng):
    """Changes a file, or replaces it by something else.

    Args:
        path: `pathlib.Path` of a file.
        rng: `random.Random`.

    Returns:
        What was done, as text.
    """
    kinds = [_bytes, _bytes, _lines, _node]
    if path.suffix in (".json", ".jsonl"):
        kinds += [_json] * 6
    elif path.suffix == ".txt":
        kinds += [_flag] * 4
    elif path.suffix == ".npz":
        kinds += [_array] * 4
    elif path.suffix == ".csv":
        kinds += [_cell] * 4
    kind = rng.choice(kinds)
    return f"{path.name}: {kind.__name__}: {kind(path, rng)}"


def _bytes(path, rng):
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 1, 2, 10))):
        at = rng.randrange(len(data) + 1)
        what = rng.choice(("flip", "set", "cut", "drop", "insert", "double"))
        if what == "flip" and at < len(data):
            data[at] ^= 1 << rng.randrange(8)
        elif what == "set" and at < len(data):
            data[at] = rng.randrange(256)
        elif what == "cut":
            del data[at:]
        elif what == "drop":
            del data[at : at + rng.choice((1, 2, 50))]
        elif what == "insert":
            data[at:at] = rng.choice(_BYTES)
        elif what == "double":
            data += data[at:]
    path.write_bytes(data)
    return what


def _lines(path, rng):
    lines = path.read_bytes().splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    what = rng.choice(
        ("double", "drop", "swap", "end", "empty", "torn", "twice")
    )
    if what == "double":
        lines.insert(at, lines[at])
    elif what == "drop":
        del lines[at]
    elif what == "swap":
        rng.shuffle(lines)
    elif what == "end":
        end = rng.choice((b"\r", b"\r\n", b"", b"\n\n", b"\x0b"))
        lines = [line.rstrip(b"\r\n") + end for line in lines]
    elif what == "empty":
        lines = []
    elif what == "torn":
        lines[-1] = lines[-1][: rng.randrange(len(lines[-1]) + 1)]
    else:
        lines *= 2
    path.write_bytes(b"".join(lines))
    return what


def _node(path, rng):
    what = rng.choice(
        ("folder", "pipe", "zeros", "loop", "nothing", "dangling", "full")
    )
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "zeros":
        path.symlink_to("/dev/zero")
    elif what == "full":
        path.symlink_to("/dev/full")
    elif what == "loop":
        path.symlink_to(path.name)
    elif what == "dangling":
        path.symlink_to("nowhere")
    return what


def _json(path, rng):
    lines = path.read_text(encoding="utf-8").split("\n")
    if path.suffix == ".json":
        lines = ["\n".join(lines)]
    at = rng.randrange(len([line for line in lines if line]))
    value = json.loads(lines[at])
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        value, what = _changed(value, rng)
        done.append(what)
    lines[at] = _text(value)
    path.write_text("\n".join(lines), encoding="utf-8")
    return f"line {at + 1}, {'; '.join(done)}"


def _text(value):
    text = json.dumps(value)
    for mark, raw in _RAW.items():
        text = text.replace(json.dumps(mark), raw)
    return text


def _changed(value, rng):
    """Returns a JSON value with one change, and where it is."""
    places = list(_places(value, ()))
    if not places:
        return rng.choice(_VALUES), "the whole"
    # Fields of a record are as many as numbers in its lists otherwise.
    depth = rng.choice(sorted({len(place) for place in places}))
    place = rng.choice([place for place in places if len(place) == depth])
    holder = value
    for key in place[:-1]:
        holder = holder[key]
    what = rng.choice(("set", "set", "set", "set", "delete", "add", "part"))
    if what == "delete":
        del holder[place[-1]]
    elif what == "add" and isinstance(holder, dict):
        holder[rng.choice((STRANGER, "", "name", "x" * 2000))] = rng.choice(
            _VALUES
        )
    elif what == "part" and isinstance(holder[place[-1]], str):
        holder[place[-1]] = _cut(holder[place[-1]], rng)
    else:
        holder[place[-1]] = rng.choice(_VALUES)
    return value, f"{what} {'/'.join(map(str, place))}"


def _places(value, above):
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return
    for key, inner in pairs:
        yield (*above, key)
        yield from _places(inner, (*above, key))


def call(text, rng):
    """Returns a changed call string."""
    for _ in range(rng.choice((1, 1, 2))):
        if "(" in text and rng.random() < 0.7:
            text = _argument(text, rng)
        else:
            text = _cut(text, rng)
    return text


_LITERALS = (
    *("None", "True", "-1", "0", "1", "10**9", "2147483647", "2147483648"),
    *("9" * 400, "-" + "9" * 30, "1e999", "-1e999", "1e308", "0.5", "1j"),
    *("''", "'x'", "()", "(1,)", "(1, 1)", "('a', 'a')", "{}", "{1: 2}", "{1}"),
    *("b'x'", "...", "((),)", "(None,)", "[[1]]", "'\\ud800'", "'\\x00'"),
    *(f"'{STRANGER}'", f"'{STRANGER}(a=1)'", "'conv'", "'digits'", "'/'"),
    *("'" + "x" * 5000 + "'", "(" * 150 + ")" * 150, "4.0", "1e-320"),
)


def _argument(text, rng):
    name, _, rest = text.partition("(")
    arguments = rest.rstrip(")").split("=")
    at = rng.randrange(len(arguments))
    if at == 0:
        return f"{name}({rest.rstrip(')')}, x={rng.choice(_LITERALS)})"
    following = arguments[at].rpartition(", ")
    tail = following[1] + following[2] if at < len(arguments) - 1 else ""
    arguments[at] = rng.choice(_LITERALS) + tail
    return f"{name}({'='.join(arguments)})"


def _cut(text, rng):
    at = rng.randrange(len(text) + 1)
    end = at + rng.choice((0, 1, 1, 5))
    inner = rng.choice(
        (
            *("", "(", ")", ",", "=", "'", "-", "9", "9" * 400, "\0", "\ud800"),
            *("\n", "\u202e", "*", "**", "[", ".", "..", "/", STRANGER, "\r"),
        )
    )
    return text[:at] + inner + text[end:]


def _flag(path, rng):
    lines = path.read_text(encoding="utf-8").splitlines()
    at = rng.randrange(len(lines))
    name, _, value = lines[at].partition("=")
    lines[at] = rng.choice(
        (
            f"{name}={call(value, rng)}",
            f"{name}={rng.choice([v for v in _VALUES if isinstance(v, str)])}",
            f"{name}={STRANGER}",
            f"--flagfile={path}",
            "--trust_run",
            "--notrust_run",
            "--flagfile=/dev/zero",
            name,
            f"--no{name[2:]}",
        )
    )
    text = "\n".join(lines) + "\n"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return lines[at][:80]


def _cell(path, rng):
    rows = [line.split(",") for line in path.read_text().splitlines()]
    row = rng.choice(rows)
    at = rng.randrange(len(row))
    row[at] = rng.choice(
        (
            *("", "x", "nan", "inf", "-1", "1e400", "9" * 400, '"', "1_0"),
            *("\u0663", "0x10", "1.5", "a,b", "'", "\0", "ops", " 1", "1\r2"),
            "z" * 200_000,
        )
    )
    path.write_text("\n".join(",".join(row) for row in rows) + "\n")
    return row[at][:40]


def _array(path, rng):
    with np.load(path, allow_pickle=False) as found:
        arrays = dict(found)
    name = rng.choice(sorted(arrays))
    what = rng.choice(
        ("drop", "add", "shape", "kind", "pickle", "note", "bomb", "twice")
    )
    if what == "drop":
        del arrays[name]
    elif what == "add":
        arrays[rng.choice(("x", "../x", "note", f"{name}_1"))] = np.ones(3)
    elif what == "shape":
        arrays[name] = np.resize(arrays[name], rng.choice((0, 1, 7, (2, 3))))
    elif what == "kind":
        arrays[name] = np.zeros(
            arrays[name].shape,
            rng.choice(("U3", "c16", "M8[s]", "?", "f2", "S2", "V4", "i8")),
        )
    elif what == "pickle":
        arrays[name] = np.array([_Payload()], dtype=object)
    elif what == "note" and "note" in arrays:
        text = str(arrays["note"])
        if rng.random() < 0.5:
            text = _cut(text, rng).replace("\ud800", "?")
        else:
            text = _text(_changed(json.loads(text), rng)[0])
        arrays["note"] = np.array(text)
    elif what == "bomb":
        _write_bomb(path, name)
        return what
    with open(path, "wb") as file:
        np.savez(file, **arrays)
    if what == "twice":
        inner = io.BytesIO()
        np.save(inner, np.zeros(2))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(f"{name}.npy", inner.getvalue())
    return f"{what} {name}"


def _write_bomb(path, name):
    """Writes an array whose head promises petabytes."""
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }"
    text = (head % 10**14).ljust(117) + b"\n"
    data = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.npy", data)


class _Payload:
    def __reduce__(self):
        return os.system, ("touch unpickled",)


def snapshot(folder):
    """Returns what lies in a folder, a dict that can be compared."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.lstat()
        regular = path.is_file() and not path.is_symlink()
        content = path.read_bytes() if regular else os.path.islink(path)
        found[str(path.relative_to(folder))] = (facts.st_mode, content)
    return found


def put_back(folder, kept):
    """Replaces a folder by a copy of another one."""
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)
