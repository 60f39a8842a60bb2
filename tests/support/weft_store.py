"""Reads and writes Weft's cache files in Python, from data/STORE.md alone: an independent check of what the program
writes, and a way to write what it never would.

Needs nothing but the zstd library (libzstd.so.1), which Weft needs too; arrays, where they are asked for, need numpy.
"""

import ctypes
import json
import struct
import zlib
from typing import NamedTuple

MAGIC = b"\x89WEFT\r\n\x1a"
ALIGNMENT = HEADER_BYTES = 64
DTYPES = {1: "<f4", 2: "<u2", 3: "<f8", 4: "<i4", 5: "<i8", 6: "|u1"}
WIDTHS = {1: 4, 2: 2, 3: 8, 4: 4, 5: 8, 6: 1}
RAW, ZSTD = 0, 1


class Section(NamedTuple):
    offset: int
    stored_bytes: int
    raw_bytes: int
    checksum: int
    dtype: int
    codec: int
    shape: tuple


def inflate(content, size):
    """`content` as zstd made it of `size` bytes."""
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_decompress.restype = ctypes.c_size_t
    zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    out = ctypes.create_string_buffer(max(size, 1))
    if zstd.ZSTD_decompress(out, size, content, len(content)) != size:
        raise ValueError(f"does not inflate to {size} bytes")
    return out.raw[:size]


def encode_entry(name, section):
    """A table entry of a section whose name is bytes."""
    head = struct.pack("<QQQIBBBB", section.offset, section.stored_bytes, section.raw_bytes, section.checksum,
                       section.dtype, section.codec, len(section.shape) & 255, len(name) & 255)
    return head + struct.pack(f"<{len(section.shape)}q", *section.shape) + name


def encode_file(entries, contents):
    """A file of sections [(name as bytes, Section)] over the bytes `contents`, which begin at the end of the header and
    end aligned; header and table get the checksums that fit."""
    table = b"".join(encode_entry(name, section) for name, section in entries)
    table_offset = HEADER_BYTES + len(contents)
    header = struct.pack("<8sIIQQQI16x", MAGIC, 1, len(entries), table_offset, len(table), table_offset + len(table),
                         zlib.crc32(table))
    return header + struct.pack("<I", zlib.crc32(header)) + contents + table


def lay_out(arrays):
    """(entries, contents) for encode_file() of arrays [(name, dtype, shape, bytes)], none compressed."""
    entries, contents = [], b""
    for name, dtype, shape, data in arrays:
        section = Section(HEADER_BYTES + len(contents), len(data), len(data), zlib.crc32(data), dtype, RAW, tuple(shape))
        entries.append((name.encode(), section))
        contents += data + bytes(-len(data) % ALIGNMENT)
    return entries, contents


class Store:
    """Sections by name, in the order of the file; arrays are made when they are asked for."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._bytes = file.read()
        header = self._bytes[:HEADER_BYTES]
        magic, version, count, table_offset, table_bytes, file_bytes = struct.unpack_from("<8sIIQQQ", header)
        table_checksum, header_checksum = struct.unpack_from("<I", header, 40)[0], struct.unpack_from("<I", header, 60)[0]
        table = self._bytes[table_offset:table_offset + table_bytes]
        if magic != MAGIC or version != 1 or file_bytes != len(self._bytes):
            raise SystemExit(f"{path} is no cache file of version 1")
        if zlib.crc32(header[:60]) != header_checksum or zlib.crc32(table) != table_checksum:
            raise SystemExit(f"{path}: a checksum of header or table is wrong")
        self.sections = {}
        at = 0
        for _ in range(count):
            *fields, dimensions, name_bytes = struct.unpack_from("<QQQIBBBB", table, at)
            shape = struct.unpack_from(f"<{dimensions}q", table, at + 32)
            at += 32 + 8 * dimensions
            self.sections[table[at:at + name_bytes].decode()] = Section(*fields, shape)
            at += name_bytes

    @property
    def names(self):
        return list(self.sections)

    def content(self, name):
        """The bytes of an array, inflated."""
        section = self.sections[name]
        stored = self._bytes[section.offset:section.offset + section.stored_bytes]
        if zlib.crc32(stored) != section.checksum:
            raise SystemExit(f"section {name}: wrong checksum")
        content = inflate(stored, section.raw_bytes) if section.codec == ZSTD else stored
        if len(content) != section.raw_bytes:
            raise SystemExit(f"section {name}: {len(content)} bytes where {section.raw_bytes} are said")
        return content

    def array(self, name):
        import numpy as np
        section = self.sections[name]
        return np.frombuffer(self.content(name), dtype=DTYPES[section.dtype]).reshape(section.shape)

    def json(self, name):
        return json.loads(self.content(name))

    def edges(self, relation):
        """The edge list [2, e] of a relation "source/name/target", in the order of the raw files."""
        import numpy as np
        prefix = f"relation/{relation}"
        offsets, columns = self.array(f"{prefix}/offsets"), self.array(f"{prefix}/cols")
        ids = self.array(f"{prefix}/edge_ids")
        edges = np.empty((2, len(columns)), np.int64)
        edges[0, ids] = columns
        edges[1, ids] = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        return edges
