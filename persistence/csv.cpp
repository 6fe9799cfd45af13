#include "daybook/persistence/csv.hpp"

#include <algorithm>
#include <cstring>

namespace daybook {

result<bool> csv_reader::next(csv_row& row) {
  begin_row();
  do {
    auto more = next_line();
    if (!more || !*more)
      return more;
  } while (fresh_line_.empty() || fresh_line_ == "\r");
  row.line = line_;
  text_.swap(fresh_line_);
  auto state = split();
  while (state == outcome::open_quote) {
    auto more = add_line();
    if (!more)
      return more;
    state = *more ? split() : outcome::broken;
  }
  if (state == outcome::whole && columns_ != 0 && fields_.size() != columns_)
    state = broken(std::to_string(fields_.size()) + (fields_.size() == 1 ? " column" : " columns") + " instead of " +
                   std::to_string(columns_));
  show(row);
  if (state == outcome::broken)
    resume_after_first_line();
  return true;
}

result<bool> csv_reader::next_line() {
  if (!again_.empty()) {
    fresh_line_ = std::move(again_.front());
    again_.pop_front();
    ++line_;
    return true;
  }
  auto more = file_.next_line(fresh_line_);
  if (more && *more)
    ++line_;
  return more;
}

/// Takes a further line into the row; false when there must be no further one.
result<bool> csv_reader::add_line() {
  const auto first_line = line_ - further_lines_.size();
  const auto opened = "a quote that opens in line " + std::to_string(first_line) + " is not closed";
  if (further_lines_.size() + 1 >= max_row_lines || text_.size() >= max_spanning_row_bytes) {
    broken(opened + " within " + std::to_string(max_row_lines) + " lines and " +
           std::to_string(max_spanning_row_bytes >> 20) + " MiB");
    return false;
  }
  auto more = next_line();
  if (!more)
    return more;
  if (!*more) {
    broken(opened);
    return false;
  }
  text_ += '\n';
  text_ += fresh_line_;
  further_lines_.push_back(std::move(fresh_line_));
  return true;
}

void csv_reader::begin_row() noexcept {
  further_lines_.clear();
  fields_.clear();
  problem_.clear();
  at_ = 0;
  is_in_quotes_ = false;
}

csv_reader::outcome csv_reader::split() {
  while (true) {
    auto state = outcome::whole;
    if (is_in_quotes_ || (at_ < text_.size() && text_[at_] == '"'))
      state = split_quoted();
    else
      state = split_plain();
    if (state != outcome::whole)
      return state;
    if (!take_comma())
      return outcome::whole;
  }
}

csv_reader::outcome csv_reader::split_quoted() {
  if (!is_in_quotes_) {
    is_in_quotes_ = true;
    field_begin_ = field_end_ = ++at_;
  }
  while (true) {
    const auto quote = std::min(text_.find('"', at_), text_.size());
    std::memmove(text_.data() + field_end_, text_.data() + at_, quote - at_);
    field_end_ += quote - at_;
    at_ = quote;
    if (quote == text_.size())
      return outcome::open_quote;
    ++at_;
    if (at_ == text_.size() || text_[at_] != '"')
      break;
    text_[field_end_++] = '"';
    ++at_;
  }
  is_in_quotes_ = false;
  const bool is_last = at_ == text_.size() || (at_ + 1 == text_.size() && text_[at_] == '\r');
  if (!is_last && text_[at_] != ',')
    return broken("text after the closing quote of column " + std::to_string(fields_.size() + 1));
  if (is_last)
    at_ = text_.size();
  fields_.emplace_back(field_begin_, field_end_);
  return outcome::whole;
}

csv_reader::outcome csv_reader::split_plain() {
  const auto end = std::min(text_.find(',', at_), text_.size());
  const bool has_return = end == text_.size() && end > at_ && text_[end - 1] == '\r';
  if (std::memchr(text_.data() + at_, '"', end - at_) != nullptr)
    return broken("a quote inside column " + std::to_string(fields_.size() + 1) + ", which does not begin with one");
  fields_.emplace_back(at_, has_return ? end - 1 : end);
  at_ = end;
  return outcome::whole;
}

csv_reader::outcome csv_reader::broken(std::string problem) {
  problem_ = std::move(problem);
  return outcome::broken;
}

bool csv_reader::take_comma() noexcept {
  if (at_ == text_.size())
    return false;
  ++at_;
  return true;
}

void csv_reader::resume_after_first_line() {
  line_ -= further_lines_.size();
  again_.insert(again_.begin(), std::make_move_iterator(further_lines_.begin()),
                std::make_move_iterator(further_lines_.end()));
}

void csv_reader::show(csv_row& row) {
  row.problem = problem_;
  row.fields.clear();
  const std::string_view text{text_};
  for (const auto& [begin, end] : fields_)
    row.fields.push_back(text.substr(begin, end - begin));
  if (!row.fields.empty()) {
    row.first_column = row.fields.front();
    return;
  }
  // It broke in its first field, most likely by a quote too many there.
  const auto begin = std::min(text.find_first_not_of('"'), text.size());
  row.first_column = text.substr(begin, std::min(text.find_first_of("\",\n", begin), text.size()) - begin);
}

} // namespace daybook
