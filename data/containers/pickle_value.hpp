#pragma once
// What a pickle can hold here: Python's plain values, and arrays by where their bytes lie.
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/containers/stored_type.hpp"

namespace weft::data {

struct PickleArray;
struct PickleDict;
struct PickleDtype;
struct PickleList;
struct PickleStorage;

/// One value, 16 bytes: lists of millions stay small. Texts and bytes are slices of the pickle, the others
/// point into a PickleArena; both have to outlive it.
class PickleValue {
 public:
  enum class Kind : std::uint8_t {
    kNone,
    kBool,
    kInt,
    kDouble,
    kText,    // UTF-8
    kBytes,   // as they are
    kLatin1,  // bytes as protocol 2 has them: the UTF-8 of a text whose code points they are
    kList,
    kTuple,
    kDict,
    kArray,
    // Only while a pickle is read:
    kGlobal,   // a row of the white list
    kDtype,    // NumPy's
    kStorage,  // PyTorch's
  };

  PickleValue() = default;
  static PickleValue of_bool(bool value) { return {Kind::kBool, value ? 1 : 0}; }
  static PickleValue of_int(std::int64_t value) { return {Kind::kInt, value}; }
  static PickleValue of_global(std::size_t row) { return {Kind::kGlobal, static_cast<std::int64_t>(row)}; }
  static PickleValue of_double(double value);
  /// kText, kBytes or kLatin1.
  static PickleValue of_slice(Kind kind, std::string_view slice);
  static PickleValue of_list(PickleList* list) { return {Kind::kList, list}; }
  static PickleValue of_tuple(PickleList* list) { return {Kind::kTuple, list}; }
  static PickleValue of_dict(PickleDict* dict) { return {Kind::kDict, dict}; }
  static PickleValue of_array(PickleArray* array) { return {Kind::kArray, array}; }
  static PickleValue of_dtype(PickleDtype* dtype) { return {Kind::kDtype, dtype}; }
  static PickleValue of_storage(PickleStorage* storage) { return {Kind::kStorage, storage}; }

  Kind kind() const { return static_cast<Kind>(kind_); }
  bool is(Kind kind) const { return this->kind() == kind; }
  bool is_text(std::string_view text) const { return is(Kind::kText) && slice() == text; }
  bool is_int(std::int64_t value) const { return is(Kind::kInt) && number_ == value; }

  // Errors of these: kInvalidArgument when the value is of another kind.
  bool boolean() const { return only(Kind::kBool).number_ != 0; }
  std::int64_t integer() const { return only(Kind::kInt).number_; }
  double real() const;
  std::string_view text() const { return only(Kind::kText).slice(); }
  /// A list's or a tuple's.
  const std::vector<PickleValue>& items() const;
  const PickleDict& dict() const { return *static_cast<const PickleDict*>(only(Kind::kDict).pointer_); }
  const PickleArray& array() const { return *static_cast<const PickleArray*>(only(Kind::kArray).pointer_); }

  // For those who read the pickle and have asked for the kind.
  std::string_view slice() const { return {static_cast<const char*>(pointer_), size_}; }
  std::size_t global() const { return static_cast<std::size_t>(number_); }
  template <class T>
  T& node() const {
    return *static_cast<T*>(pointer_);
  }

 private:
  static constexpr std::size_t kMaxSize = (std::size_t{1} << 56) - 1;  // beyond any address

  PickleValue(Kind kind, std::int64_t number)
      : kind_(static_cast<std::uint8_t>(kind)), size_(0), number_(number) {}
  PickleValue(Kind kind, void* pointer, std::size_t size = 0)
      : kind_(static_cast<std::uint8_t>(kind)), size_(size & kMaxSize), pointer_(pointer) {}
  const PickleValue& only(Kind kind) const;

  std::uint64_t kind_ : 8 = 0;
  std::uint64_t size_ : 56 = 0;  // of a slice
  union {
    std::int64_t number_ = 0;  // a double's bits, too
    void* pointer_;
  };
};

/// For messages: "a list", "an integer", ...
const char* kind_name(PickleValue::Kind kind);

/// A container's part in the check of the finished tree.
struct PickleNode {
  int height = -1;           // levels below; -1: not known
  std::uint64_t values = 0;  // in the tree that begins here; 0: not known
};

struct PickleList : PickleNode {
  std::vector<PickleValue> items;
};

/// Orders keys: integers, then texts.
struct PickleKeyLess {
  bool operator()(const PickleValue& a, const PickleValue& b) const;
};

struct PickleDict : PickleNode {
  std::map<PickleValue, PickleValue, PickleKeyLess> items;

  /// Null when there is none.
  const PickleValue* find(std::string_view key) const;
};

/// A piece of memory that tensors look into.
struct PickleStorage {
  std::string_view key;
  StoredType type;
  std::int64_t count = 0;
};

/// A NumPy array, whose values are `bytes`, or a tensor, whose values are in `storage`.
struct PickleArray {
  bool complete = false;
  StoredType type;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  // in values; empty: row-major
  PickleValue bytes;                  // kBytes or kLatin1
  const PickleStorage* storage = nullptr;
  std::int64_t first = 0;  // value of the storage
  std::int64_t span = 0;   // values of the storage, from the first to the last
};

struct PickleDtype {
  std::string_view code;           // "i8"
  std::optional<StoredType> type;  // once the byte order is known
};

/// Where containers and arrays live.
struct PickleArena {
  std::deque<PickleList> lists;
  std::deque<PickleDict> dicts;
  std::deque<PickleArray> arrays;
  std::deque<PickleDtype> dtypes;
  std::deque<PickleStorage> storages;
};

/// What is wrong with a finished tree, or null: containers in themselves or more than 64 deep, values that
/// mean nothing outside of a call, or more than `most` values, which only containers that are there again and
/// again can make. Whoever walks a tree that passed needs no more care.
const char* tree_problem(const PickleValue& root, std::uint64_t most);

}  // namespace weft::data
