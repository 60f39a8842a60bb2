#include "kernels/simt/order.hpp"

#include <cstdlib>
#include <numeric>
#include <optional>

#include "kernels/base/error.hpp"
#include "kernels/base/philox.hpp"

namespace weft::simt {
namespace {

std::optional<Order>& chosen() {
  static std::optional<Order> order;
  return order;
}

Order order_of_environment() {
  const char* text = std::getenv("WEFT_SIMT_ORDER");
  return text == nullptr ? Order{} : parse_order(text);
}

}  // namespace

Order parse_order(const std::string& text) {
  if (text == "forward") return {Order::Kind::kForward, 0};
  if (text == "reverse") return {Order::Kind::kReverse, 0};
  const std::string random = "random:";
  if (text.compare(0, random.size(), random) == 0) {
    char* end = nullptr;
    const char* digits = text.c_str() + random.size();
    const std::uint64_t seed = std::strtoull(digits, &end, 10);
    if (end != digits && *end == '\0') return {Order::Kind::kRandom, seed};
  }
  fail(ErrorCode::kInvalidArgument, "WEFT_SIMT_ORDER is '", text,
       "'; give forward, reverse or random:SEED, such as random:7");
}

void set_order(Order order) { chosen() = order; }

Order current_order() {
  if (!chosen()) chosen() = order_of_environment();
  return *chosen();
}

std::uint64_t OrderDice::next() { return mix64(state_++); }

BlockOrder::BlockOrder(Order order, std::uint64_t blocks, OrderDice& dice) : blocks_(blocks) {
  // at() multiplies two numbers below `blocks`; nobody waits for 2^32 blocks to run here.
  if (blocks >> 32 != 0) fail(ErrorCode::kUnsupported, blocks, " blocks are too many to run on the host");
  if (order.kind == Order::Kind::kReverse) {
    step_ = blocks - 1;
    offset_ = blocks - 1;
  } else if (order.kind == Order::Kind::kRandom) {
    do {
      step_ = 1 + dice.below(blocks);
    } while (std::gcd(step_, blocks) != 1);
    offset_ = dice.below(blocks);
  }
}

std::uint64_t BlockOrder::at(std::uint64_t i) const { return (i * step_ + offset_) % blocks_; }

}  // namespace weft::simt
