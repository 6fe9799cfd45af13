#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/domain/result.hpp"

namespace daybook {

/// Splits a line into words as a shell does: spaces and tabs part words; '…' keeps everything, "…" everything but `\"`
/// and `\\`, a backslash outside of quotes keeps the next character. Quotes may stand inside a word. Nothing else means
/// anything: no variables, no patterns. `invalid_argument` names a quote that is not closed or a backslash at the end.
result<std::vector<std::string>> split_words(std::string_view line);

/// The word so that `split_words` reads it as one again; as it is when it needs no quotes.
std::string quote_word(std::string_view word);

/// How many characters must be inserted, removed, replaced or swapped with their neighbour to turn one into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that was most likely meant: the nearest within a third of its length (at least one, at most three
/// edits); the first of equally near ones. Empty when nothing is near.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// Whether the text begins with `start`.
bool begins_with(std::string_view text, std::string_view start) noexcept;

/// What all words begin with; whole bytes only, so it may end inside a character.
std::string common_start(const std::vector<std::string>& words);

/// Everything in a text that looks like `--option`, once each, sorted.
std::vector<std::string> options_in(std::string_view text);

// Names of commands have one word or several: "orders", "order show".

/// The longest name that the words begin with; empty when there is none.
std::string command_of(const std::vector<std::string>& words, const std::vector<std::string>& names);

/// The words that follow `before` in the names that begin with it, once each, sorted.
std::vector<std::string> next_words(const std::vector<std::string>& before, const std::vector<std::string>& names);

/// One line that says that the words begin with no command, and which one was meant. Empty when they do begin with one,
/// with the first word of one alone, or with an option: what is wrong then is the parser's to say.
std::string unknown_command(const std::vector<std::string>& words, const std::vector<std::string>& names);

} // namespace daybook
