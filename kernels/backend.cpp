// Copies check their arguments once and return early where there is nothing to move; so does scratch.
#include "kernels/backend.hpp"

namespace weft {

void Backend::check_scratch(const char* op, const Stream& stream, std::size_t needed) {
  WEFT_CHECK(needed == 0 || (stream.scratch != nullptr && stream.scratch_bytes >= needed), op, " needs ",
             needed, " bytes of scratch but the stream has ", stream.scratch_bytes);
}

// ---- memory

void* Backend::allocate(std::size_t bytes, const char* what) {
  return bytes == 0 ? nullptr : do_allocate(bytes, what);
}

void Backend::release(void* memory) noexcept {
  if (memory != nullptr) do_release(memory);
}

void Backend::upload(Stream& stream, void* device, const void* host, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "upload: ", bytes, " bytes from or to no memory");
  do_upload(stream, device, host, bytes);
}

void Backend::download(Stream& stream, void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "download: ", bytes, " bytes from or to no memory");
  do_download(stream, host, device, bytes);
}

void Backend::copy(Stream& stream, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(to != nullptr && from != nullptr, "copy: ", bytes, " bytes from or to no memory");
  do_copy(stream, to, from, bytes);
}

void Backend::fill_zero(Stream& stream, void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr, "fill_zero: ", bytes, " bytes of no memory");
  do_fill_zero(stream, device, bytes);
}

// ---- working ahead

void* Backend::allocate_host(std::size_t bytes) { return bytes == 0 ? nullptr : do_allocate_host(bytes); }

void Backend::release_host(void* memory) noexcept {
  if (memory != nullptr) do_release_host(memory);
}

void Backend::download_later(Stream& stream, void* host, const void* device, std::size_t bytes) {
  if (bytes == 0) return;
  WEFT_CHECK(device != nullptr && host != nullptr, "download_later: ", bytes, " bytes from or to no memory");
  do_download_later(stream, host, device, bytes);
}

}  // namespace weft
