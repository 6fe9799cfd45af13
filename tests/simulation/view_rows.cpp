#include "daybook/tests/simulation/view_rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

namespace daybook::simulation {

std::string view_rows(const std::filesystem::path& file) {
  SQLite::Database database{file.string(), SQLite::OPEN_READONLY};
  std::string text;
  for (const std::string table : {"orders", "order_lines", "parked", "checkpoint"}) {
    SQLite::Statement rows{database, "SELECT * FROM " + table};
    while (rows.executeStep()) {
      text += table;
      for (int i = 0; i < rows.getColumnCount(); ++i)
        text += rows.isColumnNull(i) ? "|NULL" : "|'" + rows.getColumn(i).getString() + "'";
      text += '\n';
    }
  }
  return text;
}

} // namespace daybook::simulation
