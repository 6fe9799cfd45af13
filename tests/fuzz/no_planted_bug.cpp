#include "daybook/tests/fuzz/fuzz_target.hpp"

namespace daybook::fuzz {

const bool has_planted_bug = false;

} // namespace daybook::fuzz
