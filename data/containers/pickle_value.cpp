#include "data/containers/pickle_value.hpp"

#include <algorithm>
#include <bit>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

constexpr int kMaxDepth = 64;
using Kind = PickleValue::Kind;

/// Walks a tree once, however often its containers are used.
class TreeCheck {
 public:
  explicit TreeCheck(std::uint64_t most) : most_(most) {}

  const char* problem() const { return problem_; }

  /// Height and number of values from here, added to `parent`.
  void visit(const PickleValue& value, int depth, PickleNode& parent) {
    if (problem_ != nullptr) return;
    switch (value.kind()) {
      case Kind::kList:
      case Kind::kTuple:
        return container(value.node<PickleList>(), depth, parent);
      case Kind::kDict:
        return container(value.node<PickleDict>(), depth, parent);
      case Kind::kArray:
        if (!value.array().complete) problem_ = "an array without contents";
        break;
      case Kind::kGlobal:
      case Kind::kDtype:
      case Kind::kStorage:
        problem_ = "a class, a type or a storage as a value";
        break;
      default:
        break;
    }
    add(1, parent);
  }

 private:
  static constexpr int kBusy = -2;

  template <class Container>
  void container(Container& node, int depth, PickleNode& parent) {
    if (node.height == kBusy) {
      problem_ = "a container that holds itself";
    } else if (depth + std::max(node.height, 0) >= kMaxDepth) {
      problem_ = "containers more than 64 deep";
    } else if (node.height < 0) {
      PickleNode sum{0, 1};
      node.height = kBusy;
      children(node, depth + 1, sum);
      static_cast<PickleNode&>(node) = sum;
    }
    if (problem_ != nullptr) return;
    parent.height = std::max(parent.height, node.height + 1);
    add(node.values, parent);
  }
  void children(const PickleList& list, int depth, PickleNode& sum) {
    for (const PickleValue& value : list.items) visit(value, depth, sum);
  }
  void children(const PickleDict& dict, int depth, PickleNode& sum) {
    for (const auto& [key, value] : dict.items) visit(value, depth, sum);
  }
  void add(std::uint64_t values, PickleNode& parent) {
    parent.values += values;  // both are at most most_
    if (parent.values > most_) problem_ = "the same containers again and again";
  }

  std::uint64_t most_;
  const char* problem_ = nullptr;
};

}  // namespace

PickleValue PickleValue::of_double(double value) {
  return {Kind::kDouble, std::bit_cast<std::int64_t>(value)};
}

PickleValue PickleValue::of_slice(Kind kind, std::string_view slice) {
  return {kind, const_cast<char*>(slice.data()), slice.size()};  // only ever read
}

double PickleValue::real() const { return std::bit_cast<double>(only(Kind::kDouble).number_); }

const std::vector<PickleValue>& PickleValue::items() const {
  if (!is(Kind::kTuple)) only(Kind::kList);
  return node<PickleList>().items;
}

const PickleValue& PickleValue::only(Kind kind) const {
  WEFT_CHECK(is(kind), "the pickle has ", kind_name(this->kind()), " where ", kind_name(kind), " is wanted");
  return *this;
}

const char* kind_name(PickleValue::Kind kind) {
  switch (kind) {
    case Kind::kNone:
      return "None";
    case Kind::kBool:
      return "a bool";
    case Kind::kInt:
      return "an integer";
    case Kind::kDouble:
      return "a float";
    case Kind::kText:
      return "a text";
    case Kind::kBytes:
    case Kind::kLatin1:
      return "bytes";
    case Kind::kList:
      return "a list";
    case Kind::kTuple:
      return "a tuple";
    case Kind::kDict:
      return "a dictionary";
    case Kind::kArray:
      return "an array";
    case Kind::kGlobal:
      return "a class or function";
    case Kind::kDtype:
      return "a type of values";
    case Kind::kStorage:
      return "a storage";
  }
  return "something else";
}

bool PickleKeyLess::operator()(const PickleValue& a, const PickleValue& b) const {
  if (a.kind() != b.kind()) return a.kind() < b.kind();
  return a.is(Kind::kInt) ? a.integer() < b.integer() : a.slice() < b.slice();
}

const PickleValue* PickleDict::find(std::string_view key) const {
  const auto found = items.find(PickleValue::of_slice(Kind::kText, key));
  return found == items.end() ? nullptr : &found->second;
}

const char* tree_problem(const PickleValue& root, std::uint64_t most) {
  TreeCheck check(most);
  PickleNode whole{0, 0};
  check.visit(root, 0, whole);
  return check.problem();
}

}  // namespace weft::data
