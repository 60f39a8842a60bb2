"""Ways to damage each kind of file that Weft reads: at random, and in its structure, with every checksum made to fit.

Each takes a random.Random and the bytes of a sound file, and returns other bytes.
"""

import gzip
import io
import json
import re
import struct
import sys
import tempfile
import warnings
import zipfile
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import weft_store  # noqa: E402

NUMBERS = [0, 1, -1, 2, 3, 7, 127, 128, 255, 256, 2**15, 2**16, 2**24 + 1, 2**31 - 1, 2**31, -2**31, 2**32, 2**40,
           2**53 + 1, 2**62, 2**63 - 1, -2**63, 2**63, 2**64 - 1]
REALS = [0.0, -0.0, 0.5, -1.0, 1e-45, 1e30, 3.5e38, float("inf"), float("-inf"), float("nan")]
WORDS = ["", "node", "link", "graph", "none", "../../etc/passwd", "/", "a" * 300, "\x00", "\n", "\u00e4", "nan", "1e400"]


def damage(rng, data):
    """Bytes flipped, cut off, doubled, taken out, put in or zeroed, at random places."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 5, 30])):
        if not out:
            return bytes(out)
        at = rng.randrange(len(out))
        end = min(len(out), at + rng.choice([1, 2, 8, 64, 1000]))
        how = rng.randrange(8)
        if how < 3:
            out[at] ^= 1 << rng.randrange(8)
        elif how == 3:
            out[at:end] = rng.randbytes(end - at)
        elif how == 4:
            out[at:end] = bytes(end - at)
        elif how == 5:
            out[at:at] = out[at:end]
        elif how == 6:
            del out[at:end]
        else:
            del out[at:]
    return bytes(out)


def change_tree(rng, tree):
    """One leaf, key or branch of what JSON can hold, changed."""
    if isinstance(tree, dict) and tree and rng.random() < 0.9:
        key = rng.choice(list(tree))
        how = rng.randrange(8)
        if how == 0:
            del tree[key]
        elif how == 1:
            tree[rng.choice(WORDS + list(tree))] = tree[key]
        else:
            tree[key] = change_tree(rng, tree[key])
        return tree
    if isinstance(tree, list) and tree and rng.random() < 0.9:
        at = rng.randrange(len(tree))
        how = rng.randrange(6)
        if how == 0:
            del tree[at]
        elif how == 1:
            tree.insert(at, tree[at])
        else:
            tree[at] = change_tree(rng, tree[at])
        return tree
    if isinstance(tree, (int, float)) and rng.random() < 0.8:
        return rng.choice(NUMBERS + [tree + 1, tree - 1, -tree])
    return rng.choice([None, True, False, 1.5, 1e300, [], {}, [[]], {"": 0}] + NUMBERS + WORDS)


def json_text(rng, data):
    try:
        tree = json.loads(data)
    except ValueError:
        return damage(rng, data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        tree = change_tree(rng, tree)
    return json.dumps(tree, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def json_lines(rng, data):
    lines = data.splitlines()
    if not lines:
        return damage(rng, data)
    at = rng.randrange(len(lines))
    how = rng.randrange(5)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(at, lines[at])
    else:
        lines[at] = json_text(rng, lines[at])
    return b"\n".join(lines) + b"\n"


def delimited(rng, data):
    """Fields and lines of a text with separators."""
    lines = data.decode().split("\n")
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(lines))
        how = rng.randrange(8)
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(at, rng.choice(lines))
        elif how == 2:
            lines[at] += "," + rng.choice(["", "1", "x"])
        else:
            fields = re.split(r"([,=: ])", lines[at])
            values = [str(n) for n in NUMBERS] + [repr(r) for r in REALS] + WORDS + ["-", "+1", "0x10", "1.", ".5", '"1"',
                      "1" * 400, "\t", "\r", "#", "[", "]]", "'"]
            fields[rng.randrange(len(fields))] = rng.choice(values)
            lines[at] = "".join(fields)
        if not lines:
            return b""
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def gzipped(rng, data):
    return gzip.compress(delimited(rng, gzip.decompress(data)), 1)


def change_values(rng, dtype, data):
    """Some numbers of an array; `dtype` as the store has it."""
    width = weft_store.WIDTHS[dtype]
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 3, 20])):
        if len(out) < width:
            break
        at = rng.randrange(len(out) // width) * width
        if dtype in (1, 3):
            out[at:at + width] = struct.pack("<f" if dtype == 1 else "<d", min(rng.choice(REALS), 3.4e38))
        else:
            value = rng.choice(NUMBERS + [rng.randrange(300)]) % 2**(8 * width)
            out[at:at + width] = value.to_bytes(width, "little")
    return bytes(out)


def change_array(rng, name, dtype, shape, data):
    """An array with other values, or of another type, shape or length that still fit each other; or other text."""
    if name in ("dataset", "sources"):
        text = json_text(rng, data)
        return name, dtype, (len(text),), text
    how = rng.randrange(10)
    if how < 6:
        return name, dtype, shape, change_values(rng, dtype, data)
    if how == 6:  # fewer or more rows
        rows = rng.choice([0, 1, shape[0] - 1, shape[0] + 1, 2 * shape[0]]) if shape else 1
        row = len(data) // shape[0] if shape and shape[0] else 0
        data = (data + data)[:max(rows, 0) * row]
        return name, dtype, (max(rows, 0),) + tuple(shape[1:]), data
    if how == 7:  # the same bytes as another type
        other = rng.choice(list(weft_store.WIDTHS))
        return name, other, (len(data) // weft_store.WIDTHS[other],), data[:len(data) // weft_store.WIDTHS[other]
                                                                          * weft_store.WIDTHS[other]]
    if how == 8:  # other dimensions
        count = len(data) // weft_store.WIDTHS[dtype]
        return name, dtype, rng.choice([(count,), (count, 1), (1, count), (count, 1, 1), (0, 2**40, 0)]), data
    return rng.choice([name + "x", "array/node_order", "array/graph_offsets", name[:-1]]) or "x", dtype, shape, data


def cache(rng, data):
    """Sections, description, table and header of a cache, in any of which something is a lie that checksums do not tell."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        store = weft_store.Store(file.name)
    arrays = [(name, s.dtype, s.shape, store.content(name)) for name, s in store.sections.items()]
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at = rng.randrange(len(arrays)) if rng.random() < 0.7 else len(arrays) - 2  # the description
        how = rng.randrange(12)
        if how == 0 and len(arrays) > 1:
            del arrays[at]
        elif how == 1:
            arrays[at], arrays[0] = arrays[0], arrays[at]
        else:
            arrays[at] = change_array(rng, *arrays[at])
    entries, contents = weft_store.lay_out(arrays)
    if rng.random() < 0.15:  # a field of the table
        at = rng.randrange(len(entries))
        name, section = entries[at]
        field = rng.choice(["offset", "stored_bytes", "raw_bytes", "dtype", "codec", "shape"])
        value = rng.choice(NUMBERS) % (256 if field in ("dtype", "codec") else 2**64)
        if field == "shape":
            value = tuple(rng.choice([n for n in NUMBERS if n < 2**63]) for _ in range(rng.randrange(10)))
        entries[at] = (name, section._replace(**{field: value}))
    return weft_store.encode_file(entries, contents)


def checkpoint(rng, data):
    """Header and values of a checkpoint, mostly with a checksum that fits again."""
    length = struct.unpack_from("<Q", data)[0]
    header, values = json.loads(data[8:8 + length]), bytearray(data[8 + length:])
    if rng.random() < 0.4:
        for _ in range(rng.choice([1, 5])):
            at = rng.randrange(len(values) // 4) * 4
            values[at:at + 4] = struct.pack("<f", min(rng.choice(REALS), 3.4e38))
    else:
        header = change_tree(rng, header)
    if rng.random() < 0.8:
        seal_checkpoint(header, values)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text) + rng.choice([0, 0, 0, 0, 1, -1])) + text + bytes(values)


def seal_checkpoint(header, values):
    """The CRC-32 of the header as Weft would write it without this text, and of the values."""
    if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
        return
    metadata = header["__metadata__"]
    metadata.pop("weft.crc32", None)
    whole = {"__metadata__": dict(sorted(metadata.items())), **{k: v for k, v in header.items() if k != "__metadata__"}}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    text += b" " * (-(8 + len(text)) % 64)
    metadata["weft.crc32"] = f"{zlib.crc32(bytes(values), zlib.crc32(text)):08x}"


def change_npy(rng, data):
    how = rng.randrange(4)
    length = struct.unpack_from("<H", data, 8)[0]
    if how == 0:
        return damage(rng, data)
    if how == 1:
        return data[:10 + length] + damage(rng, data[10 + length:])
    head = data[10:10 + length].decode("latin-1")
    if how == 2:
        head = head.replace(rng.choice(["<", "|", "f4", "i8", "False", "descr", "shape"]),
                            rng.choice([">", "f8", "f2", "i4", "u1", "True", "O", "U5"]), 1)
    else:
        head = re.sub(r"\d+", lambda m: str(rng.choice(NUMBERS)) if rng.random() < 0.5 else m.group(), head)
    return data[:8] + struct.pack("<H", len(head)) + head.encode("latin-1") + data[10 + length:]


def zip_members(rng, data, change):
    """An archive with one member changed by `change(rng, name, bytes)`, doubled or left out; its checksums fit."""
    source = zipfile.ZipFile(io.BytesIO(data))
    members = [(info.filename, info.compress_type, source.read(info)) for info in source.infolist()]
    at = rng.randrange(len(members))
    name, method, content = members[at]
    how = rng.randrange(8)
    if how == 0:
        del members[at]
    elif how == 1:
        others = ["x" + name, name[:-1], "../" + name, name + "/", rng.choice(members)[0]]
        members[at] = (rng.choice(others), method, content)
    else:
        members[at] = (name, method, change(rng, name, content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names that come twice are meant
        for name, method, content in members:
            target.writestr(zipfile.ZipInfo(name or "x"), content, method)
    return out.getvalue()


def zip_fields(rng, data):
    """A number in one of the archive's headers or in its end record."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2])):
        places = [m.start() for m in re.finditer(rb"PK(\x01\x02|\x03\x04|\x05\x06|\x07\x08)", data)]
        at = rng.choice(places) + rng.randrange(4, 46)
        if at + 4 <= len(out):
            out[at:at + 4] = (rng.choice(NUMBERS) % 2**32).to_bytes(4, "little")
    return bytes(out)


def archive(change):
    def mutate(rng, data):
        return zip_fields(rng, data) if rng.random() < 0.3 else zip_members(rng, data, change)
    return mutate


npz = archive(lambda rng, name, content: change_npy(rng, content))
torch = archive(lambda rng, name, content: damage(rng, content))
dataset_zip = archive(lambda rng, name, content: damage(rng, content) if content else b"x")
