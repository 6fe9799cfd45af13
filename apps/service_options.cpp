#include "daybook/apps/service_options.hpp"

#include <algorithm>
#include <utility>

#include <CLI/CLI.hpp>

#include "daybook/actors/version.hpp"

namespace daybook {

result<service_options> parse_service_options(std::vector<std::string> words) {
  service_options asked;
  CLI::App app{"The daybook node as a service.", "daybookd"};
  app.set_version_flag("--version", "daybookd " + std::string{version_text});
  std::string data;
  std::string file;
  app.add_option("--data", data, "data directory, made when missing (default: daybook-data)");
  app.add_option("--config", file, "file with settings; the command line wins");
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& each : all_settings())
    if (each.name != "data")
      values.emplace_back(std::string{each.name}, "");
  std::size_t next = 0;
  for (const auto& each : all_settings())
    if (each.name != "data")
      app.add_option("--" + std::string{each.name}, values[next++].second,
                     std::string{each.description} + " (default: " + each.default_text + ")");
  std::reverse(words.begin(), words.end());
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    asked.text = app.help();
    return asked;
  } catch (const CLI::CallForVersion& version) {
    asked.text = std::string{version.what()} + "\n";
    return asked;
  } catch (const CLI::ParseError& problem) {
    return error{errc::invalid_argument, std::string{problem.what()} + "; see --help"};
  }
  auto& settings = asked.settings;
  if (!file.empty())
    if (auto taken = read_settings_file(settings, file); !taken)
      return error{errc::invalid_argument, taken.error().message};
  if (!data.empty())
    settings.data_dir = data;
  for (const auto& [setting, value] : values)
    if (!value.empty())
      if (auto set = set_setting(settings, setting, value); !set)
        return set.error();
  if (auto valid = validate(settings); !valid)
    return valid.error();
  return asked;
}

} // namespace daybook
