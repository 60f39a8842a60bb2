#include "data/fetch/sha256.hpp"

#include <openssl/evp.h>

#include <new>

#include "data/base/file.hpp"
#include "kernels/base/error.hpp"

namespace weft::data {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();

  State() {
    if (context == nullptr) throw std::bad_alloc();
    start();
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start() const { require(EVP_DigestInit_ex(context, EVP_sha256(), nullptr)); }
  static void require(int succeeded) {
    if (succeeded != 1) fail(ErrorCode::kUnsupported, "this system's libcrypto refuses to compute SHA-256");
  }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(const void* data, std::size_t bytes) {
  State::require(EVP_DigestUpdate(state_->context, data, bytes));
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  State::require(EVP_DigestFinal_ex(state_->context, digest, &bytes));
  state_->start();
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < bytes; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

Sha256 sha256_of_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  Sha256 hash;
  hash.update(file.data(), file.size());
  return hash;
}

}  // namespace weft::data
