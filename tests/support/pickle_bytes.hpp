#pragma once
// What torch.save writes, in memory and without PyTorch: pickles of protocol 2 and 4, and .pt files of both
// layouts around them.
//   write_bytes(path, pt_legacy({{"edge", numpy_array<std::int64_t>({n, 2}, values)}, {"kind",
//   texts(names)}}));
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/npy_bytes.hpp"

namespace weft::testing {

/// The memory of a tensor, which others may share.
struct TensorStorage {
  std::string type;  // "Long", "Float", ...
  std::string bytes;
  std::int64_t count = 0;
};

/// Writes the instructions that make values, one after the other.
class PickleWriter {
 public:
  PickleWriter(int protocol, bool zip_layout) : protocol_(protocol), zip_layout_(zip_layout) {
    out_ = "\x80" + little_endian(static_cast<std::uint64_t>(protocol), 1);
  }

  int protocol() const { return protocol_; }
  void raw(const std::string& instructions) { out_ += instructions; }
  /// Remembers the value on top.
  std::size_t remember() {
    if (protocol_ >= 4) {
      out_ += '\x94';
    } else if (memo_ < 256) {
      out_ += "q" + little_endian(memo_, 1);
    } else {
      out_ += "r" + little_endian(memo_, 4);
    }
    return memo_++;
  }
  void recall(std::size_t index) {
    out_ += index < 256 ? "h" + little_endian(index, 1) : "j" + little_endian(index, 4);
  }
  void integer(std::int64_t value) {
    if (value >= 0 && value < 256) {
      out_ += "K" + little_endian(static_cast<std::uint64_t>(value), 1);
    } else if (value >= 0 && value < 65536) {
      out_ += "M" + little_endian(static_cast<std::uint64_t>(value), 2);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      out_ += "J" + little_endian(static_cast<std::uint64_t>(value), 4);
    } else {
      out_ += "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
    }
  }
  std::size_t text(const std::string& text) {
    if (protocol_ >= 4 && text.size() < 256) {
      out_ += "\x8c" + little_endian(text.size(), 1) + text;
    } else {
      out_ += "X" + little_endian(text.size(), 4) + text;
    }
    return remember();
  }
  void global(const std::string& module, const std::string& name) {
    if (protocol_ < 4) {
      out_ += "c" + module + "\n" + name + "\n";
    } else {
      text(module);
      text(name);
      out_ += '\x93';
    }
    remember();
  }
  /// Bytes as they are, or, where the protocol has none, as a text that is encoded again.
  void bytes(const std::string& bytes) {
    if (protocol_ >= 3) {
      out_ +=
          bytes.size() < 256 ? "C" + little_endian(bytes.size(), 1) : "B" + little_endian(bytes.size(), 4);
      out_ += bytes;
      remember();
      return;
    }
    global("_codecs", "encode");
    text(utf8(bytes));
    text("latin1");
    raw("\x86R");
    remember();
  }
  void shape(const Shape& shape) {
    raw("(");
    for (const std::int64_t length : shape) integer(length);
    raw("t");
  }
  void storage(const std::shared_ptr<const TensorStorage>& storage) {
    const auto [found, is_new] = keys_.emplace(storage.get(), std::to_string(storages_.size()));
    if (is_new) storages_.emplace_back(found->second, storage);
    raw("(");
    text("storage");
    global("torch", storage->type + "Storage");
    text(found->second);
    text("cpu");
    integer(storage->count);
    raw(zip_layout_ ? "tQ" : "NtQ");
  }

  std::string finish() const { return out_ + "."; }
  const std::vector<std::pair<std::string, std::shared_ptr<const TensorStorage>>>& storages() const {
    return storages_;
  }

 private:
  static std::string utf8(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
      const auto code = static_cast<unsigned char>(c);
      if (code >= 0x80) out += static_cast<char>(0xc0 | code >> 6);
      out += static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x3f));
    }
    return out;
  }

  int protocol_;
  bool zip_layout_;
  std::string out_;
  std::size_t memo_ = 0;
  std::map<const TensorStorage*, std::string> keys_;
  std::vector<std::pair<std::string, std::shared_ptr<const TensorStorage>>> storages_;
};

/// A value that can be written.
using Pickled = std::function<void(PickleWriter&)>;
using PickledItems = std::vector<std::pair<std::string, Pickled>>;

/// Instructions as they are, for pickles that nobody would write.
inline Pickled instructions(const std::string& raw) {
  return [=](PickleWriter& out) { out.raw(raw); };
}
inline Pickled none() { return instructions("N"); }
inline Pickled boolean(bool value) { return instructions(value ? "\x88" : "\x89"); }
inline Pickled integer(std::int64_t value) {
  return [=](PickleWriter& out) { out.integer(value); };
}
inline Pickled real(double value) {
  std::string bytes(reinterpret_cast<const char*>(&value), sizeof(value));
  return instructions("G" + std::string(bytes.rbegin(), bytes.rend()));
}
inline Pickled text(const std::string& value) {
  return [=](PickleWriter& out) { out.text(value); };
}
inline Pickled list(const std::vector<Pickled>& items) {
  return [=](PickleWriter& out) {
    out.raw("]");
    out.remember();
    out.raw("(");
    for (const Pickled& item : items) item(out);
    out.raw("e");
  };
}
inline Pickled tuple(const std::vector<Pickled>& items) {
  return [=](PickleWriter& out) {
    out.raw("(");
    for (const Pickled& item : items) item(out);
    out.raw("t");
    out.remember();
  };
}
inline Pickled dict(const PickledItems& items) {
  return [=](PickleWriter& out) {
    out.raw("}");
    out.remember();
    out.raw("(");
    for (const auto& [key, value] : items) {
      out.text(key);
      value(out);
    }
    out.raw("u");
  };
}
/// A list of texts. Equal ones are one object, written once and recalled, or each an object of its own.
inline Pickled texts(const std::vector<std::string>& values, bool shared = true) {
  return [=](PickleWriter& out) {
    constexpr std::size_t kBatch = 1000;
    std::map<std::string, std::size_t> known;
    out.raw("]");
    out.remember();
    for (std::size_t begin = 0; begin < values.size(); begin += kBatch) {
      out.raw("(");
      for (std::size_t i = begin; i < std::min(values.size(), begin + kBatch); ++i) {
        const auto found = known.find(values[i]);
        if (shared && found != known.end()) {
          out.recall(found->second);
        } else {
          known[values[i]] = out.text(values[i]);
        }
      }
      out.raw("e");
    }
  };
}

/// A NumPy array of these bytes, stored in the order that `fortran` says.
inline Pickled numpy_bytes(const std::string& code, const Shape& shape, const std::string& bytes,
                           bool fortran = false, const std::string& byte_order = "<") {
  return [=](PickleWriter& out) {
    out.global("numpy.core.multiarray", "_reconstruct");
    out.global("numpy", "ndarray");
    out.shape({0});
    out.bytes("b");
    out.raw("\x87R");
    out.remember();
    out.raw("(K\x01");
    out.shape(shape);
    out.global("numpy", "dtype");
    out.text(code);
    out.raw("\x89\x88\x87R");
    out.remember();
    out.raw("(K\x03");
    out.text(byte_order);
    out.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff");
    out.integer(0);
    out.raw("tb");
    out.raw(fortran ? "\x88" : "\x89");
    out.bytes(bytes);
    out.raw("tb");
  };
}
/// A NumPy array of row-major `values`.
template <class T>
Pickled numpy_array(const Shape& shape, const std::vector<T>& values, bool fortran = false) {
  return numpy_bytes(type_code<T>(), shape, raw_bytes(fortran ? column_order(values, shape) : values),
                     fortran, sizeof(T) == 1 ? "|" : "<");
}

template <class T>
std::shared_ptr<const TensorStorage> storage(const std::string& type, const std::vector<T>& values) {
  return std::make_shared<const TensorStorage>(
      TensorStorage{type, raw_bytes(values), static_cast<std::int64_t>(values.size())});
}
template <class T>
std::shared_ptr<const TensorStorage> storage(const std::vector<T>& values) {
  const char* type = std::is_same_v<T, double>         ? "Double"
                     : std::is_same_v<T, float>        ? "Float"
                     : std::is_same_v<T, std::int64_t> ? "Long"
                     : std::is_same_v<T, std::int32_t> ? "Int"
                     : std::is_same_v<T, std::int16_t> ? "Short"
                     : std::is_same_v<T, std::int8_t>  ? "Char"
                                                       : "Byte";
  return storage(type, values);
}

/// A tensor that looks into a storage. Offset and strides count values.
inline Pickled tensor(const std::shared_ptr<const TensorStorage>& storage, std::int64_t offset,
                      const Shape& shape, const Shape& strides) {
  return [=](PickleWriter& out) {
    out.global("torch._utils", "_rebuild_tensor_v2");
    out.raw("(");
    out.storage(storage);
    out.integer(offset);
    out.shape(shape);
    out.shape(strides);
    out.raw("\x89");
    out.global("collections", "OrderedDict");
    out.raw(")RtR");
    out.remember();
  };
}
/// A tensor of row-major `values`; a transposed one has them in column-major order and strides that say so.
template <class T>
Pickled tensor(const Shape& shape, const std::vector<T>& values, bool transposed = false) {
  Shape strides(shape.size(), 1);
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t d = transposed ? i : shape.size() - 1 - i;
    strides[d] = stride;
    stride *= shape[d];
  }
  return tensor(storage(transposed ? column_order(values, shape) : values), 0, shape, strides);
}

inline std::string pickle_bytes(const Pickled& value, int protocol = 2) {
  PickleWriter out(protocol, true);
  value(out);
  return out.finish();
}

/// PyTorch's file since 1.6: a zip of the pickle and of the storages.
inline std::string pt_zip_of(const Pickled& value, int protocol = 2, bool deflated = false) {
  PickleWriter out(protocol, true);
  value(out);
  std::vector<ZipEntry> entries{{"archive/data.pkl", out.finish(), deflated}};
  for (const auto& [key, storage] : out.storages()) {
    entries.push_back({"archive/data/" + key, storage->bytes, deflated});
  }
  entries.push_back({"archive/version", "3\n", deflated});
  ZipOptions options;
  options.descriptors = true;
  options.alignment = 64;
  return zip_bytes(entries, options);
}
inline std::string pt_zip(const PickledItems& items, int protocol = 2) {
  return pt_zip_of(dict(items), protocol);
}

/// PyTorch's file before 1.6: a stream of pickles, then the storages.
inline std::string pt_legacy_of(const Pickled& value, int protocol = 2) {
  PickleWriter out(protocol, false);
  value(out);
  const std::string start = "\x80" + little_endian(static_cast<std::uint64_t>(protocol), 1);
  std::string file = start + "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + start + "M\xe9\x03.";
  file +=
      pickle_bytes(dict({{"protocol_version", integer(1001)}, {"little_endian", boolean(true)}}), protocol);
  file += out.finish();
  std::vector<std::string> keys;
  for (const auto& [key, storage] : out.storages()) keys.push_back(key);
  file += pickle_bytes(texts(keys), protocol);
  for (const auto& [key, storage] : out.storages()) {
    file += little_endian(static_cast<std::uint64_t>(storage->count), 8) + storage->bytes;
  }
  return file;
}
inline std::string pt_legacy(const PickledItems& items, int protocol = 2) {
  return pt_legacy_of(dict(items), protocol);
}

}  // namespace weft::testing
