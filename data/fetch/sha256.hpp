#pragma once
// SHA-256 (FIPS 180-4) of bytes as they come, by OpenSSL's libcrypto.
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace weft::data {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(const void* data, std::size_t bytes);
  /// 64 small hexadecimal digits; the object then stands for no bytes again.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Of what a file holds now. Errors: kNotFound, kIo.
Sha256 sha256_of_file(const std::filesystem::path& path);

}  // namespace weft::data
