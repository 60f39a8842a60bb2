#pragma once
// Compressing with zlib, always: what ISA-L writes depends on the CPU it runs on.
#include <string>
#include <string_view>

namespace weft::data {

/// One gzip member (RFC 1952) without a name or a time. Members behind each other are a gzip file too, so
/// pieces can be compressed side by side. Errors: std::bad_alloc.
std::string gzip_member(std::string_view text);

}  // namespace weft::data
