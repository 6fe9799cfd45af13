#include <cstdlib>
#include <iostream>

#include "daybook/tests/fuzz/fuzz_target.hpp"

namespace daybook::fuzz {

void require(bool holds, std::string_view what) {
  if (holds)
    return;
  std::cerr << "\nproperty violated: " << what << std::endl;
  std::abort();
}

} // namespace daybook::fuzz
