#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace daybook {

/// SHA-256 (FIPS 180-4) over pieces, by OpenSSL's libcrypto. One object computes one digest after the other. Not thread-safe;
/// not for copying.
class sha256 {
public:
  using bytes = std::array<std::uint8_t, 32>;

  sha256();
  ~sha256();
  sha256(const sha256&) = delete;
  sha256& operator=(const sha256&) = delete;

  /// Begins a new digest. Throws std::bad_alloc; what follows it takes no memory.
  sha256& start();
  sha256& add(std::string_view piece) noexcept;
  /// Ends it; `start` comes before the next `add`.
  bytes finish() noexcept;

private:
  void* context_;
};

/// A digest as the journal writes it: base64url (RFC 4648) without padding.
using digest_text = std::array<char, 43>;

digest_text to_base64url(const sha256::bytes& digest) noexcept;

inline std::string_view view(const digest_text& digest) noexcept {
  return {digest.data(), digest.size()};
}

} // namespace daybook
