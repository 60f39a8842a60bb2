#include "data/containers/pickle.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "data/containers/pickle_objects.hpp"

namespace weft::data {
namespace {

using Kind = PickleValue::Kind;

enum Opcode : std::uint8_t {
  kMark = 0x28,
  kEmptyTuple = 0x29,
  kStop = 0x2e,
  kBinBytes = 0x42,
  kShortBinBytes = 0x43,
  kBinFloat = 0x47,
  kBinInt = 0x4a,
  kBinInt1 = 0x4b,
  kBinInt2 = 0x4d,
  kNone = 0x4e,
  kBinPersonId = 0x51,
  kReduce = 0x52,
  kBinUnicode = 0x58,
  kEmptyList = 0x5d,
  kAppend = 0x61,
  kBuild = 0x62,
  kGlobal = 0x63,
  kAppends = 0x65,
  kBinGet = 0x68,
  kLongBinGet = 0x6a,
  kBinPut = 0x71,
  kLongBinPut = 0x72,
  kSetItem = 0x73,
  kTuple = 0x74,
  kSetItems = 0x75,
  kEmptyDict = 0x7d,
  kProto = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kBinBytes8 = 0x8e,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

struct OpcodeName {
  std::uint8_t opcode;
  const char* name;
};

/// The opcodes that are known and never needed: they make objects of any class, or are older than protocol 2.
constexpr std::array<OpcodeName, 28> kRefused{{{0x81, "NEWOBJ"},      {0x92, "NEWOBJ_EX"},
                                               {0x69, "INST"},        {0x6f, "OBJ"},
                                               {0x82, "EXT1"},        {0x83, "EXT2"},
                                               {0x84, "EXT4"},        {0x50, "PERSID"},
                                               {0x30, "POP"},         {0x31, "POP_MARK"},
                                               {0x32, "DUP"},         {0x49, "INT"},
                                               {0x4c, "LONG"},        {0x46, "FLOAT"},
                                               {0x53, "STRING"},      {0x56, "UNICODE"},
                                               {0x67, "GET"},         {0x70, "PUT"},
                                               {0x64, "DICT"},        {0x6c, "LIST"},
                                               {0x54, "BINSTRING"},   {0x55, "SHORT_BINSTRING"},
                                               {0x8f, "EMPTY_SET"},   {0x90, "ADDITEMS"},
                                               {0x91, "FROZENSET"},   {0x96, "BYTEARRAY8"},
                                               {0x97, "NEXT_BUFFER"}, {0x98, "READONLY_BUFFER"}}};

class Machine {
 public:
  Machine(const FileBytes& file, std::size_t begin)
      : file_(file), begin_(begin), at_(begin), opcode_at_(begin), arena_(std::make_shared<PickleArena>()) {}

  Pickle run() {
    if (at_ >= file_.size || byte() != kProto) damaged("it does not begin as a pickle of protocol 2 to 4");
    protocol();
    while (true) {
      opcode_at_ = at_;
      const std::uint8_t opcode = byte();
      if (opcode == kStop) return finish();
      if (!constant(opcode) && !slice(opcode) && !container(opcode) && !memory(opcode) && !object(opcode)) {
        refuse(opcode);
      }
    }
  }

 private:
  PicklePlace place() const { return {file_.name, opcode_at_}; }
  template <class... Parts>
  [[noreturn]] void damaged(const Parts&... parts) const {
    place().damaged(parts...);
  }
  [[noreturn]] void refuse(std::uint8_t opcode) const {
    const auto* const known = std::find_if(kRefused.begin(), kRefused.end(),
                                           [&](const OpcodeName& name) { return name.opcode == opcode; });
    if (known != kRefused.end()) place().refuse("has the instruction ", known->name);
    place().refuse("has the instruction ", int{opcode}, ", which is not known");
  }

  // Reading the program.
  const std::byte* take(std::uint64_t bytes) {
    if (bytes > file_.size - at_) damaged("it is cut off, or a length of ", bytes, " is wrong");
    const std::byte* taken = file_.data + at_;
    at_ += static_cast<std::size_t>(bytes);
    return taken;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(value)), sizeof(value));
    return value;
  }
  std::uint8_t byte() { return number<std::uint8_t>(); }
  std::string_view text(std::uint64_t bytes) {
    return {reinterpret_cast<const char*>(take(bytes)), static_cast<std::size_t>(bytes)};
  }
  std::string_view line() {
    constexpr std::size_t kMost = 256;
    const std::string_view rest(reinterpret_cast<const char*>(file_.data) + at_,
                                std::min(kMost, file_.size - at_));
    const std::size_t end = rest.find('\n');
    if (end == rest.npos) damaged("a name has no end");
    at_ += end + 1;
    return rest.substr(0, end);
  }
  void protocol() {
    const std::uint8_t protocol = byte();
    if (protocol < 2 || protocol > 4) {
      place().refuse("is of protocol ", int{protocol},
                     " where 2 to 4 are read; save it with pickle_protocol=4");
    }
  }

  // The stack. Nothing below the topmost mark may be taken.
  void push(PickleValue value) { stack_.push_back(value); }
  PickleValue& top() {
    if (stack_.size() <= floor()) damaged("takes more from the stack than is there");
    return stack_.back();
  }
  PickleValue pop() {
    const PickleValue value = top();
    stack_.pop_back();
    return value;
  }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  /// What lies above the topmost mark, which goes away; the values are still on the stack.
  std::size_t pop_mark() {
    if (marks_.empty()) damaged("closes what it has not opened");
    const std::size_t mark = marks_.back();
    marks_.pop_back();
    return mark;
  }

  bool constant(std::uint8_t opcode) {
    switch (opcode) {
      case kNone:
        return push({}), true;
      case kNewTrue:
        return push(PickleValue::of_bool(true)), true;
      case kNewFalse:
        return push(PickleValue::of_bool(false)), true;
      case kBinInt:
        return push(PickleValue::of_int(number<std::int32_t>())), true;
      case kBinInt1:
        return push(PickleValue::of_int(byte())), true;
      case kBinInt2:
        return push(PickleValue::of_int(number<std::uint16_t>())), true;
      case kLong1:
        return push_long(byte()), true;
      case kLong4:
        return push_long(number<std::uint32_t>()), true;
      case kBinFloat:
        return push_float(), true;
      default:
        return false;
    }
  }
  void push_long(std::uint32_t bytes) {
    std::int64_t value = 0;
    if (bytes > sizeof(value)) damaged("an integer has ", bytes, " bytes where at most 8 are read");
    const std::string_view digits = text(bytes);
    if (!digits.empty() && (digits.back() & 0x80) != 0) value = -1;  // two's complement
    std::memcpy(&value, digits.data(), digits.size());
    push(PickleValue::of_int(value));
  }
  void push_float() {
    auto bytes = number<std::array<std::byte, sizeof(double)>>();
    std::reverse(bytes.begin(), bytes.end());  // the one big-endian number of the format
    push(PickleValue::of_double(std::bit_cast<double>(bytes)));
  }

  bool slice(std::uint8_t opcode) {
    switch (opcode) {
      case kShortBinUnicode:
        return push_slice(Kind::kText, byte());
      case kBinUnicode:
        return push_slice(Kind::kText, number<std::uint32_t>());
      case kBinUnicode8:
        return push_slice(Kind::kText, number<std::uint64_t>());
      case kShortBinBytes:
        return push_slice(Kind::kBytes, byte());
      case kBinBytes:
        return push_slice(Kind::kBytes, number<std::uint32_t>());
      case kBinBytes8:
        return push_slice(Kind::kBytes, number<std::uint64_t>());
      default:
        return false;
    }
  }
  bool push_slice(Kind kind, std::uint64_t bytes) {
    push(PickleValue::of_slice(kind, text(bytes)));
    return true;
  }

  bool container(std::uint8_t opcode) {
    switch (opcode) {
      case kMark:
        return marks_.push_back(stack_.size()), true;
      case kEmptyList:
        return push(PickleValue::of_list(&arena_->lists.emplace_back())), true;
      case kEmptyDict:
        return push(PickleValue::of_dict(&arena_->dicts.emplace_back())), true;
      case kEmptyTuple:
        return push_tuple(stack_.size()), true;
      case kTuple:
        return push_tuple(pop_mark()), true;
      case kTuple1:
      case kTuple2:
      case kTuple3:
        return push_tuple(below_top(std::size_t{opcode} - kTuple1 + 1)), true;
      case kAppend:
        return append(below_top(1)), true;
      case kAppends:
        return append(pop_mark()), true;
      case kSetItem:
        return set_items(below_top(2)), true;
      case kSetItems:
        return set_items(pop_mark()), true;
      default:
        return false;
    }
  }
  std::size_t below_top(std::size_t count) const {
    if (stack_.size() - floor() < count) damaged("takes more from the stack than is there");
    return stack_.size() - count;
  }
  void push_tuple(std::size_t from) {
    PickleList& tuple = arena_->lists.emplace_back();
    tuple.items.assign(stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
    stack_.resize(from);
    push(PickleValue::of_tuple(&tuple));
  }
  void append(std::size_t from) {
    const std::vector<PickleValue> items(stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
    stack_.resize(from);
    if (!top().is(Kind::kList)) damaged("appends to ", kind_name(top().kind()));
    std::vector<PickleValue>& list = top().node<PickleList>().items;
    list.insert(list.end(), items.begin(), items.end());
  }
  void set_items(std::size_t from) {
    const std::vector<PickleValue> items(stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
    stack_.resize(from);
    if (!top().is(Kind::kDict)) damaged("sets items of ", kind_name(top().kind()));
    if (items.size() % 2 != 0) damaged("a dictionary has a key without a value");
    auto& dict = top().node<PickleDict>().items;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if (!items[i].is(Kind::kText) && !items[i].is(Kind::kInt)) {
        place().refuse("a dictionary has ", kind_name(items[i].kind()), " as a key");
      }
      dict.insert_or_assign(items[i], items[i + 1]);
    }
  }

  bool memory(std::uint8_t opcode) {
    switch (opcode) {
      case kBinPut:
        return put(byte()), true;
      case kLongBinPut:
        return put(number<std::uint32_t>()), true;
      case kMemoize:
        return put(memo_.size()), true;
      case kBinGet:
        return get(byte()), true;
      case kLongBinGet:
        return get(number<std::uint32_t>()), true;
      case kProto:
        return protocol(), true;
      case kFrame:
        if (const auto bytes = number<std::uint64_t>(); bytes > file_.size - at_) {
          damaged("a frame of ", bytes, " bytes is cut off");
        }
        return true;
      default:
        return false;
    }
  }
  void put(std::size_t index) {
    if (index > memo_.size()) damaged("remembers value ", index, " after ", memo_.size(), " others");
    if (index == memo_.size()) {
      memo_.push_back(top());
    } else {
      memo_[index] = top();
    }
  }
  void get(std::size_t index) {
    if (index >= memo_.size()) damaged("recalls value ", index, " of ", memo_.size());
    push(memo_[index]);
  }

  bool object(std::uint8_t opcode) {
    switch (opcode) {
      case kGlobal: {
        const std::string_view module = line();
        const std::string_view name = line();
        return push(find_global(module, name, place())), true;
      }
      case kStackGlobal: {
        const PickleValue name = pop(), module = pop();
        if (!name.is(Kind::kText) || !module.is(Kind::kText)) damaged("a name is no text");
        return push(find_global(module.slice(), name.slice(), place())), true;
      }
      case kReduce: {
        const PickleValue arguments = pop(), callee = pop();
        return push(call_global(callee, arguments, *arena_, place())), true;
      }
      case kBuild: {
        const PickleValue state = pop();
        return set_state(top(), state, place()), true;
      }
      case kBinPersonId:
        return push(find_storage(pop(), *arena_, place())), true;
      default:
        return false;
    }
  }

  Pickle finish() {
    const PickleValue root = pop();
    if (!stack_.empty() || !marks_.empty()) damaged("ends with ", stack_.size(), " values left over");
    const char* problem = tree_problem(root, at_ - begin_);
    if (problem != nullptr) damaged("has ", problem);
    return {root, at_ - begin_, std::move(arena_)};
  }

  const FileBytes& file_;
  std::size_t begin_, at_, opcode_at_;
  std::shared_ptr<PickleArena> arena_;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  std::deque<PickleValue> memo_;  // millions where a list of texts has no text twice: never copied to grow
};

}  // namespace

Pickle read_pickle(const FileBytes& file, std::size_t begin) { return Machine(file, begin).run(); }

}  // namespace weft::data
