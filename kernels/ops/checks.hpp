#pragma once
// What the checks of several ops share. Every message begins with the op's name and shows both sides.
#include <ostream>

#include "kernels/base/error.hpp"
#include "kernels/base/view.hpp"
#include "kernels/ops/operand.hpp"
#include "kernels/ops/options.hpp"

namespace weft {

struct Activation;                     // activation.hpp
enum class SpmmMethod : std::uint8_t;  // spmm.hpp

/// The parts of a message that show a matrix.
struct Shape {
  std::int64_t rows;
  std::int64_t cols;
};
std::ostream& operator<<(std::ostream& out, Shape shape);
inline Shape shape(const ConstMat& m) { return {m.rows, m.cols}; }
inline Shape shape(const CsrView& a) { return {a.num_rows, a.num_cols}; }

/// A float32 matrix, which every op can read: sizes >= 0, rows that do not overlap, and data.
void check_matrix(const char* op, const char* name, const ConstMat& m);
/// The same, or one in bfloat16 where the backend stores it.
void check_stored(const Backend& backend, const char* op, const char* name, const ConstMat& m);
void check_same_shape(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                      const ConstMat& b);
void check_distinct(const char* op, const char* name_a, const ConstMat& a, const char* name_b,
                    const ConstMat& b);

template <class T>
void check_size(const char* op, const char* name, Vec<T> vec, std::int64_t wanted, const char* of) {
  WEFT_CHECK(vec.size == wanted, op, ": ", name, " has ", vec.size, " values but ", of, " is ", wanted);
  WEFT_CHECK(vec.data != nullptr || wanted == 0, op, ": ", name, " has ", vec.size, " values but no data");
}
/// An argument that may be left out.
template <class T>
void check_optional(const char* op, const char* name, Vec<T> vec, std::int64_t wanted, const char* of) {
  if (!vec.empty()) check_size(op, name, vec, wanted, of);
}

/// c [n, h] = a b, where b is [k, h] or stored transposed.
void check_product(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b,
                   const ConstMat& c, bool b_transposed);
/// beta is 0 or 1.
void check_beta(const char* op, float beta);
/// c [k, h] += a^T b.
void check_transposed_product(const Backend& backend, const char* op, const ConstMat& a, const ConstMat& b,
                              const ConstMat& c);
void check_csr(const char* op, const CsrView& a);
/// A^T of a, where the backend takes it.
void check_transposed(const Backend& backend, const char* op, const CsrView& a, const CsrView& transposed);
void check_method(const Backend& backend, SpmmMethod method);
void check_moments(const char* op, const Moments& moments, std::int64_t c);
void check_dropout(const char* op, const Dropout& dropout);
/// A block that is applied to x.
void check_block(const char* op, const Activation& block, const ConstMat& x);

}  // namespace weft
