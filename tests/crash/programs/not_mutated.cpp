namespace daybook::testing {

extern const bool mutation_applies;
const bool mutation_applies = true;

} // namespace daybook::testing
