#include "daybook/persistence/sha256.hpp"

#include <cstdlib>
#include <new>

#include <openssl/evp.h>

namespace daybook {
namespace {

/// Fetched once: a look-up by name costs more than the digest of a small commit.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = [] {
    const auto* found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (found == nullptr)
      throw std::bad_alloc();
    return found;
  }();
  return fetched;
}

EVP_MD_CTX* state(void* context) noexcept {
  return static_cast<EVP_MD_CTX*>(context);
}

/// SHA-256 over memory has no way to fail; if libcrypto disagrees, no digest it gives may vouch for anything.
void require(int outcome) noexcept {
  if (outcome != 1)
    std::abort();
}

} // namespace

sha256::sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr)
    throw std::bad_alloc();
}

sha256::~sha256() {
  EVP_MD_CTX_free(state(context_));
}

sha256& sha256::start() {
  // The only thing that can fail here: libcrypto takes memory for each digest.
  if (EVP_DigestInit_ex2(state(context_), algorithm(), nullptr) != 1)
    throw std::bad_alloc();
  return *this;
}

sha256& sha256::add(std::string_view piece) noexcept {
  require(EVP_DigestUpdate(state(context_), piece.data(), piece.size()));
  return *this;
}

sha256::bytes sha256::finish() noexcept {
  bytes digest{};
  require(EVP_DigestFinal_ex(state(context_), digest.data(), nullptr));
  return digest;
}

digest_text to_base64url(const sha256::bytes& digest) noexcept {
  static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  digest_text text{};
  std::size_t at = 0;
  const auto put = [&](std::uint32_t bits, int count) {
    for (int shift = 18; count-- > 0; shift -= 6)
      text[at++] = letters[(bits >> shift) & 63u];
  };
  for (std::size_t i = 0; i < 30; i += 3)
    put(std::uint32_t{digest[i]} << 16 | std::uint32_t{digest[i + 1]} << 8 | digest[i + 2], 4);
  put(std::uint32_t{digest[30]} << 16 | std::uint32_t{digest[31]} << 8, 3);
  return text;
}

} // namespace daybook
