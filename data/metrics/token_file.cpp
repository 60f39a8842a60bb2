#include "data/metrics/token_file.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "kernels/base/error.hpp"

namespace weft::data {
namespace {

using Json = nlohmann::json;

/// Takes the parser's events. Depth 1 is inside the object, 2 inside a key's list, 3 inside a sample's list.
class Handler final : public nlohmann::json_sax<Json> {
 public:
  explicit Handler(std::string where) : where_(std::move(where)) {}

  TokenFile take() { return std::move(file_); }

  bool null() override { return refuse("null"); }
  bool boolean(bool) override { return refuse("true or false"); }
  bool number_integer(number_integer_t) override { return refuse("a number"); }
  bool number_unsigned(number_unsigned_t) override { return refuse("a number"); }
  bool number_float(number_float_t, const string_t&) override { return refuse("a number"); }
  bool binary(binary_t&) override { return refuse("bytes"); }

  bool string(string_t& text) override {
    if (depth_ != 3) return refuse("a text");
    lists_->add(text);
    return true;
  }
  bool start_object(std::size_t) override {
    if (depth_ != 0) return refuse("an object");
    depth_ = 1;
    return true;
  }
  bool end_object() override { return true; }

  bool key(string_t& name) override {
    std::optional<TokenLists>* lists = name == "seq_ref"    ? &file_.seq_ref
                                       : name == "seq_pred" ? &file_.seq_pred
                                                            : nullptr;
    if (lists == nullptr) broken("key '" + name.substr(0, 40) + "' is unknown; give seq_ref and seq_pred");
    if (lists->has_value()) broken("key '" + name + "' is there twice");
    lists_ = &lists->emplace();
    key_ = name;
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ == 0 || depth_ == 3) return refuse("a list");
    if (depth_ == 2) lists_->begin_list();
    ++depth_;
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    const bool half = std::string_view(error.what()).find("surrogate") != std::string_view::npos;
    broken("byte " + std::to_string(position) +
           (half ? ": a text has half of a surrogate pair, which no UTF-8 can hold" : ": is not JSON"));
  }

 private:
  /// What is there instead of what may be there at this depth.
  [[noreturn]] bool refuse(const std::string& found) const {
    if (depth_ == 0) broken("begins with " + found + " where an object with seq_ref and seq_pred is wanted");
    if (depth_ == 1) broken(key_ + " is " + found + " where a list of samples is wanted");
    const std::string sample = std::to_string(lists_->size() - (depth_ == 3 ? 1 : 0));
    if (depth_ == 2)
      broken(key_ + ": sample " + sample + " is " + found + " where a list of texts is wanted");
    broken(key_ + ": sample " + sample + " holds " + found + " where a text is wanted");
  }
  [[noreturn]] void broken(const std::string& what) const {
    fail(ErrorCode::kBadData, where_, ": ", what, "; correct the file");
  }

  std::string where_, key_;
  TokenFile file_;
  TokenLists* lists_ = nullptr;  // of the key
  int depth_ = 0;
};

}  // namespace

TokenFile read_token_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    fail(ErrorCode::kNotFound, path.string(), ": no such file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(status)) {
    fail(ErrorCode::kIo, path.string(), ": cannot be read; check the file and its rights");
  }
  Handler handler(path.string());
  Json::sax_parse(in, &handler);
  return handler.take();
}

}  // namespace weft::data
