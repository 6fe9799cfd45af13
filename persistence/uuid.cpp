#include "daybook/persistence/uuid.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>

#include <openssl/evp.h>

namespace daybook {
namespace {

using uuid_bytes = std::array<std::uint8_t, 16>;

/// Sets version and variant and writes the text form.
std::string format_uuid(uuid_bytes bytes, unsigned version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      text += '-';
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 15];
  }
  return text;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

uuid_bytes parse_uuid(std::string_view text) {
  uuid_bytes bytes{};
  std::size_t digits = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (c == '-')
      continue;
    if (digit < 0 || digits == 32)
      throw std::invalid_argument("not a UUID: " + std::string(text));
    auto& byte = bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | digit);
  }
  if (digits != 32)
    throw std::invalid_argument("not a UUID: " + std::string(text));
  return bytes;
}

/// The system's randomness in portions: one system call serves 32 ids.
class random_source {
public:
  std::uint64_t next() {
    if (used_ == pool_.size())
      refill();
    return pool_[used_++];
  }

private:
  void refill() {
    // Up to 256 bytes come whole, uninterrupted, once the system has gathered entropy (getrandom(2)).
    if (::getrandom(pool_.data(), sizeof pool_, 0) != static_cast<ssize_t>(sizeof pool_)) {
      std::random_device device;
      std::generate(pool_.begin(), pool_.end(), [&device] { return std::uint64_t{device()} << 32 | device(); });
    }
    used_ = 0;
  }

  std::array<std::uint64_t, 32> pool_{};
  std::size_t used_ = 32;
};

/// Ids of one thread and microsecond count up, so that they sort in the order they were made.
struct v7_maker {
  random_source random;
  time_us last = -1;
  std::uint64_t tail = 0;

  std::uint64_t tail_for(time_us now) {
    constexpr unsigned step_bits = 32;
    if (now == last)
      tail += 1 + (random.next() >> (64 - step_bits));
    else
      tail = random.next() >> 3; // 61 of 62 bits: room to count up
    last = now;
    return tail;
  }
};

} // namespace

std::string make_uuid_v7(time_us now) {
  thread_local v7_maker maker;
  now = std::max<time_us>(now, 0);
  const auto millis = static_cast<std::uint64_t>(now / 1000);
  // RFC 9562, 6.2, method 3: the twelve bits after the version are the fraction of the millisecond.
  const auto fraction = static_cast<std::uint64_t>(now % 1000) * 4096 / 1000;
  const auto tail = maker.tail_for(now);
  uuid_bytes bytes{};
  for (std::size_t i = 0; i < 6; ++i)
    bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(fraction >> 8);
  bytes[7] = static_cast<std::uint8_t>(fraction);
  for (std::size_t i = 0; i < 8; ++i)
    bytes[8 + i] = static_cast<std::uint8_t>(tail >> (56 - 8 * i));
  return format_uuid(bytes, 7);
}

std::string make_uuid_v5(std::string_view space, std::string_view name) {
  const auto prefix = parse_uuid(space);
  std::string input(reinterpret_cast<const char*>(prefix.data()), prefix.size());
  input += name;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  if (EVP_Digest(input.data(), input.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("libcrypto has no SHA-1");
  uuid_bytes bytes{};
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  return format_uuid(bytes, 5);
}

time_us system_now() noexcept {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace daybook
