#include "data/containers/stored_array.hpp"

#include <cstring>
#include <mutex>
#include <utility>

#include "data/base/aligned.hpp"

namespace weft::data {
namespace {

constexpr std::int64_t kPieceValues = 8192;  // converted at a time: raw bytes stay in the first-level cache

std::size_t bytes_of(StoredType type, std::int64_t count) {
  return static_cast<std::size_t>(count) * static_cast<std::size_t>(type.bytes);
}

[[noreturn]] void cut_off(const std::string& where) {
  fail(ErrorCode::kBadData, where, ": ends before its last value; use another copy");
}

/// Values in the order in which they are stored.
class StreamCursor : public ArrayCursor {
 public:
  StreamCursor(std::shared_ptr<const StoredArray> array, std::int64_t count, std::int64_t first)
      : array_(std::move(array)), reader_(array_->read()), left_(count - first) {
    reader_->skip(bytes_of(array_->type, first));
    if (!array_->type.as_it_is()) raw_.resize(bytes_of(array_->type, std::min(left_, kPieceValues)));
  }

  std::int64_t read(void* out, std::int64_t most) override {
    const std::int64_t count = std::min(most, left_);
    if (array_->type.as_it_is()) {
      fill(out, bytes_of(array_->type, count));
    } else {
      read_pieces(static_cast<std::byte*>(out), count);
    }
    left_ -= count;
    if (left_ == 0) expect_end();
    return count;
  }

 private:
  void read_pieces(std::byte* out, std::int64_t count) {
    const std::size_t value_bytes = dtype_bytes(array_->type.dtype());
    for (std::int64_t done = 0; done < count; done += kPieceValues) {
      const std::int64_t piece = std::min(kPieceValues, count - done);
      fill(raw_.data(), bytes_of(array_->type, piece));
      convert_values(array_->type, raw_.data(), piece, out, array_->where);
      out += static_cast<std::size_t>(piece) * value_bytes;
    }
  }
  void fill(void* out, std::size_t bytes) {
    if (bytes > 0 && reader_->read(out, bytes) != bytes) cut_off(array_->where);
  }
  // Asking once more is also what makes readers compare their checksums.
  void expect_end() {
    std::byte more;
    if (reader_->read(&more, 1) != 0) {
      fail(ErrorCode::kBadData, array_->where, ": has more bytes than values; use another copy");
    }
  }

  std::shared_ptr<const StoredArray> array_;
  std::unique_ptr<ByteReader> reader_;
  std::int64_t left_;
  std::vector<std::byte> raw_;
};

/// The bytes of an array with strides: where they lie, or read once when somebody first asks.
class AnyOrder {
 public:
  explicit AnyOrder(StoredArray array) : array_(std::move(array)) {}

  const StoredArray& array() const { return array_; }
  const std::byte* bytes() const {
    if (array_.memory != nullptr || array_.bytes == 0) return array_.memory;
    const std::lock_guard lock(mutex_);
    if (loaded_ == nullptr) load();
    return loaded_.get();
  }

 private:
  void load() const {
    auto memory = aligned_bytes(array_.bytes);
    const auto reader = array_.read();
    if (reader->read(memory.get(), array_.bytes) != array_.bytes) cut_off(array_.where);
    std::byte more;
    if (reader->read(&more, 1) != 0) {
      fail(ErrorCode::kBadData, array_.where, ": has more bytes than values; use another copy");
    }
    loaded_ = std::move(memory);
  }

  StoredArray array_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const std::byte> loaded_;
};

/// Row-major values of an array that is stored in another order.
class StridedCursor : public ArrayCursor {
 public:
  StridedCursor(std::shared_ptr<const AnyOrder> source, std::int64_t count, std::int64_t first)
      : source_(std::move(source)),
        array_(source_->array()),
        bytes_(source_->bytes()),
        left_(count - first),
        index_(array_.shape.size(), 0),
        check_(first == 0 && array_.check) {
    for (std::size_t d = index_.size(); d-- > 0 && left_ > 0;) {
      index_[d] = first % array_.shape[d];
      first /= array_.shape[d];
      at_ += index_[d] * array_.strides[d];
    }
    raw_.resize(bytes_of(array_.type, std::min(left_, kPieceValues)));
  }

  std::int64_t read(void* out, std::int64_t most) override {
    const std::int64_t count = std::min(most, left_);
    auto* to = static_cast<std::byte*>(out);
    for (std::int64_t done = 0; done < count; done += kPieceValues) {
      const std::int64_t piece = std::min(kPieceValues, count - done);
      gather(piece);
      convert_values(array_.type, raw_.data(), piece, to, array_.where);
      to += static_cast<std::size_t>(piece) * dtype_bytes(array_.type.dtype());
    }
    left_ -= count;
    if (left_ == 0 && std::exchange(check_, false)) array_.check();
    return count;
  }

 private:
  void gather(std::int64_t count) {
    switch (array_.type.bytes) {
      case 1:
        return gather_as<std::uint8_t>(count);
      case 2:
        return gather_as<std::uint16_t>(count);
      case 4:
        return gather_as<std::uint32_t>(count);
      default:
        return gather_as<std::uint64_t>(count);
    }
  }

  template <class Word>
  void gather_as(std::int64_t count) {
    std::byte* to = raw_.data();
    while (count > 0) {
      const std::int64_t run = index_.empty() ? 1 : std::min(count, array_.shape.back() - index_.back());
      const std::int64_t stride = index_.empty() ? 0 : array_.strides.back();
      for (std::int64_t i = 0; i < run; ++i, to += sizeof(Word)) {
        std::memcpy(to, bytes_ + static_cast<std::size_t>(at_ + i * stride) * sizeof(Word), sizeof(Word));
      }
      count -= run;
      advance(run);
    }
  }

  /// By as many values, not beyond the end of the last dimension.
  void advance(std::int64_t run) {
    for (std::size_t d = index_.size(); d-- > 0; run = 1) {
      index_[d] += run;
      at_ += run * array_.strides[d];
      if (index_[d] < array_.shape[d]) return;
      at_ -= index_[d] * array_.strides[d];
      index_[d] = 0;
    }
  }

  std::shared_ptr<const AnyOrder> source_;
  const StoredArray& array_;
  const std::byte* bytes_;
  std::int64_t left_;
  std::int64_t at_ = 0;  // of the next value, in values
  std::vector<std::int64_t> index_;
  bool check_;
  std::vector<std::byte> raw_;
};

bool row_major(const StoredArray& array) {
  std::int64_t expected = 1;
  if (array.strides.empty()) return true;
  for (std::size_t d = array.shape.size(); d-- > 0;) {
    if (array.shape[d] == 0) return true;
    if (array.shape[d] != 1 && array.strides[d] != expected) return false;
    expected *= array.shape[d];
  }
  return true;
}

bool aligned(const StoredArray& array) {
  return reinterpret_cast<std::uintptr_t>(array.memory) % static_cast<std::size_t>(array.type.bytes) == 0;
}

FileArray in_order(StoredArray stored, FileArray out) {
  const std::int64_t count = out.count();
  if (stored.memory != nullptr && stored.type.as_it_is() && aligned(stored)) {
    out.in_place = {{out.dtype, out.shape, stored.memory}, stored.owner};
    out.check_in_place = stored.check;
  }
  out.open = [array = std::make_shared<const StoredArray>(std::move(stored)), count](std::int64_t first) {
    return std::make_unique<StreamCursor>(array, count, first);
  };
  return out;
}

}  // namespace

FileArray file_array(StoredArray stored) {
  FileArray out;
  out.where = stored.where;
  out.dtype = stored.type.dtype();
  out.shape = stored.shape;
  out.boolean = stored.type.kind == 'b';
  if (row_major(stored)) return in_order(std::move(stored), std::move(out));
  if (stored.shape.size() == 2 && stored.strides == column_major(stored.shape)) {
    StoredArray turned = stored;
    turned.strides.clear();
    std::swap(turned.shape[0], turned.shape[1]);
    out.turned = std::make_shared<const FileArray>(file_array(std::move(turned)));
  }
  const std::int64_t count = out.count();
  out.open = [source = std::make_shared<const AnyOrder>(std::move(stored)), count](std::int64_t first) {
    return std::make_unique<StridedCursor>(source, count, first);
  };
  return out;
}

std::vector<std::int64_t> column_major(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides;
  std::int64_t stride = 1;
  for (const std::int64_t length : shape) {
    strides.push_back(stride);
    stride *= length;
  }
  return strides;
}

}  // namespace weft::data
