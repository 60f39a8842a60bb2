#pragma once
// In which order blocks and threads run. A GPU promises none, so a kernel's result must not depend on it; the
// tests run kernels in several. From the environment: WEFT_SIMT_ORDER=forward|reverse|random:SEED.
#include <cstdint>
#include <string>

namespace weft::simt {

struct Order {
  enum class Kind { kForward, kReverse, kRandom };
  Kind kind = Kind::kForward;
  std::uint64_t seed = 0;  // of a random order
};

/// Errors: kInvalidArgument when it is none of "forward", "reverse" and "random:SEED".
Order parse_order(const std::string& text);

/// For all launches from now on. Not while a kernel runs.
void set_order(Order order);
/// What the last set_order said, else the environment, else forward.
Order current_order();

/// The numbers that a random order draws; the same for the same seed.
class OrderDice {
 public:
  explicit OrderDice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// 0 to n - 1, n > 0.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

 private:
  std::uint64_t state_;
};

/// A launch's blocks in order: the i-th to run is at(i).
class BlockOrder {
 public:
  BlockOrder(Order order, std::uint64_t blocks, OrderDice& dice);
  std::uint64_t at(std::uint64_t i) const;

 private:
  std::uint64_t blocks_;
  std::uint64_t step_ = 1;  // without a common divisor with `blocks_`, so that each block comes once
  std::uint64_t offset_ = 0;
};

}  // namespace weft::simt
