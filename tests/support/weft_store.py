"""Reads a Weft cache file in Python, from data/STORE.md alone: an independent check of what the program writes.

Needs numpy and zstandard.
"""

import json
import struct
import zlib

import numpy as np
import zstandard

_MAGIC = b"\x89WEFT\r\n\x1a"
_DTYPES = {1: "<f4", 3: "<f8", 4: "<i4", 5: "<i8", 6: "|u1"}


class Store:
    """Sections by name, in the order of the file; arrays are made when they are asked for."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self._bytes = file.read()
        header = self._bytes[:64]
        magic, version, count, table_offset, table_bytes, file_bytes = struct.unpack_from("<8sIIQQQ", header)
        table_checksum, header_checksum = struct.unpack_from("<I", header, 40)[0], struct.unpack_from("<I", header, 60)[0]
        table = self._bytes[table_offset:table_offset + table_bytes]
        if magic != _MAGIC or version != 1 or file_bytes != len(self._bytes):
            raise SystemExit(f"{path} is no cache file of version 1")
        if zlib.crc32(header[:60]) != header_checksum or zlib.crc32(table) != table_checksum:
            raise SystemExit(f"{path}: a checksum of header or table is wrong")
        self._sections = {}
        at = 0
        for _ in range(count):
            offset, stored, raw, checksum, dtype, codec, dimensions, name_bytes = struct.unpack_from("<QQQIBBBB", table, at)
            shape = struct.unpack_from(f"<{dimensions}q", table, at + 32)
            at += 32 + 8 * dimensions
            name = table[at:at + name_bytes].decode()
            at += name_bytes
            self._sections[name] = (offset, stored, raw, checksum, dtype, codec, shape)

    @property
    def names(self):
        return list(self._sections)

    def array(self, name):
        offset, stored, raw, checksum, dtype, codec, shape = self._sections[name]
        content = self._bytes[offset:offset + stored]
        if zlib.crc32(content) != checksum:
            raise SystemExit(f"section {name}: wrong checksum")
        if codec == 1:
            content = zstandard.ZstdDecompressor().decompress(content, max_output_size=max(raw, 1))
        if len(content) != raw:
            raise SystemExit(f"section {name}: {len(content)} bytes where {raw} are said")
        return np.frombuffer(content, dtype=_DTYPES[dtype]).reshape(shape)

    def json(self, name):
        return json.loads(self.array(name).tobytes())

    def edges(self, relation):
        """The edge list [2, e] of a relation "source/name/target", in the order of the raw files."""
        prefix = f"relation/{relation}"
        offsets, columns = self.array(f"{prefix}/offsets"), self.array(f"{prefix}/cols")
        ids = self.array(f"{prefix}/edge_ids")
        edges = np.empty((2, len(columns)), np.int64)
        edges[0, ids] = columns
        edges[1, ids] = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        return edges
