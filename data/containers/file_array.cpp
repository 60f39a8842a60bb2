#include "data/containers/file_array.hpp"

#include "data/base/aligned.hpp"

namespace weft::data {

std::int64_t FileArray::count() const {
  std::int64_t count = 1;
  for (const std::int64_t length : shape) count *= length;  // checked by whoever read the shape
  return count;
}

LoadedArray FileArray::load() const {
  if (in_place.array.data != nullptr) {
    if (check_in_place) check_in_place();
    return in_place;
  }
  const std::shared_ptr<std::byte> memory =
      aligned_bytes(static_cast<std::size_t>(count()) * dtype_bytes(dtype));
  const std::unique_ptr<ArrayCursor> cursor = open(0);
  std::byte* out = memory.get();
  for (std::int64_t left = count();;) {
    const std::int64_t got = cursor->read(out, left);
    out += static_cast<std::size_t>(got) * dtype_bytes(dtype);
    left -= got;
    if (left == 0) break;
  }
  return {{dtype, shape, memory.get()}, memory};
}

}  // namespace weft::data
