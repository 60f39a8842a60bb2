#pragma once
// Owners of backend memory: move-only; what they hand out are views.
#include <utility>

#include "kernels/backend.hpp"

namespace weft {

/// `size` values of T in a backend's memory. The backend must outlive it.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  /// Errors: kOutOfMemory naming `what`.
  Buffer(Backend& backend, std::int64_t size, const char* what)
      : backend_(&backend),
        data_(size == 0
                  ? nullptr
                  : static_cast<T*>(backend.allocate(static_cast<std::size_t>(size) * sizeof(T), what))),
        size_(size) {}
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) backend_->release(data_);
  }

  T* data() const { return data_; }
  std::int64_t size() const { return size_; }
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * sizeof(T); }
  Vec<T> view() const { return {data_, size_}; }

  void upload(Stream& stream, const T* host) { backend_->upload(stream, data_, host, bytes()); }
  void download(Stream& stream, T* host) const { backend_->download(stream, host, data_, bytes()); }
  void fill_zero(Stream& stream) { backend_->fill_zero(stream, data_, bytes()); }

 private:
  void swap(Buffer& other) noexcept {
    std::swap(backend_, other.backend_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Backend* backend_ = nullptr;
  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

/// One T of host memory that Backend::download_later can fill. The backend must outlive it.
template <class T>
class HostCell {
 public:
  /// Errors: kOutOfMemory.
  explicit HostCell(Backend& backend)
      : backend_(&backend), value_(static_cast<T*>(backend.allocate_host(sizeof(T)))) {}
  HostCell(HostCell&& other) noexcept
      : backend_(other.backend_), value_(std::exchange(other.value_, nullptr)) {}
  HostCell& operator=(HostCell&&) = delete;
  ~HostCell() { backend_->release_host(value_); }

  T& operator*() const { return *value_; }
  T* operator->() const { return value_; }

 private:
  Backend* backend_;
  T* value_;
};

/// A dense float32 matrix in a backend's memory, ld = cols.
class Matrix {
 public:
  Matrix() = default;
  Matrix(Backend& backend, std::int64_t rows, std::int64_t cols, const char* what)
      : values_(backend, rows * cols, what), rows_(rows), cols_(cols) {}

  Mat view() const { return {values_.data(), rows_, cols_, cols_, DType::kF32}; }
  Buffer<float>& values() { return values_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }

 private:
  Buffer<float> values_;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
};

/// A CSR in a backend's memory, without edge ids.
class Csr {
 public:
  Csr() = default;
  /// Copies a host CSR to the backend.
  Csr(Backend& backend, Stream& stream, const CsrView& host) : Csr(backend, host) {
    offsets_.upload(stream, host.offsets);
    cols_.upload(stream, host.cols);
    if (host.weights != nullptr) weights_.upload(stream, host.weights);
  }
  /// A^T of `a` without its weights, which lies in the backend's memory; `longest_row` is that of A^T.
  static Csr transposed(Backend& backend, Stream& stream, const CsrView& a, EdgeId longest_row) {
    Csr result(backend,
               {a.num_cols, a.num_rows, a.num_edges, nullptr, nullptr, nullptr, nullptr, longest_row});
    const auto bytes = static_cast<std::int64_t>(backend.scratch(Transpose{a, {}, {}}));
    const Buffer<std::byte> scratch(backend, bytes, "scratch of a transpose");
    Stream with_scratch{stream.queue, scratch.data(), scratch.bytes()};
    backend.run(with_scratch, Transpose{a, result.offsets_.view(), result.cols_.view()});
    return result;
  }

  CsrView view() const {
    return {num_rows_,    num_cols_,       cols_.size(), offsets_.data(),
            cols_.data(), weights_.data(), nullptr,      longest_row_};
  }

 private:
  /// Memory for a CSR of that size.
  Csr(Backend& backend, const CsrView& size)
      : num_rows_(size.num_rows),
        num_cols_(size.num_cols),
        longest_row_(size.longest_row),
        offsets_(backend, std::int64_t{size.num_rows} + 1, "graph offsets"),
        cols_(backend, size.num_edges, "graph columns"),
        weights_(backend, size.weights == nullptr ? 0 : size.num_edges, "edge weights") {}

  NodeId num_rows_ = 0;
  NodeId num_cols_ = 0;
  EdgeId longest_row_ = 0;
  Buffer<EdgeId> offsets_;
  Buffer<NodeId> cols_;
  Buffer<float> weights_;  // empty: every weight is 1
};

}  // namespace weft
