#pragma once
// Small csv files of words: headers, names of types and relations, flags.
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace weft::data {

/// Fields of every line that is not blank, without blanks and quotes around them.
/// Errors: TextFile's; kBadData for more than `most_lines` lines or a line that is no printable ASCII
/// text.
std::vector<std::vector<std::string>> read_csv_words(const std::filesystem::path& path,
                                                     std::size_t most_lines);

/// Fields of the first line that is not blank, 0 where there is none.
std::int64_t csv_first_columns(const std::filesystem::path& path);

/// A header of names and one row of fields: name -> field. Errors: kBadData when it is anything else, a name
/// is empty or there twice.
std::map<std::string, std::string> read_csv_record(const std::filesystem::path& path);

/// A record whose fields are True or False: the names whose field is True.
std::vector<std::string> read_csv_flags(const std::filesystem::path& path);

}  // namespace weft::data
