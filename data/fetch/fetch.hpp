#pragma once
// From OGB's server to a dataset folder.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "data/fetch/download.hpp"
#include "data/registry.hpp"

namespace weft::data {

/// What stands before the registry's `download` paths.
inline constexpr const char* kOgbAddress = "http://snap.stanford.edu/ogb/data/";

/// Errors: kNotFound (no such dataset, with the closest names), kInvalidArgument (it comes with the program).
const DatasetSpec& fetchable_dataset(std::string_view name);

struct FetchOptions {
  std::filesystem::path root;
  std::string mirror = kOgbAddress;
  std::string sha256;     // that the zip must have; empty: the registry's, where it knows one
  bool keep_zip = false;  // leave it as <root>/<folder>.zip
  DownloadOptions download;
};

struct Fetched {
  std::filesystem::path folder;
  bool already_there = false;  // the rest is then empty
  Downloaded zip;
};

/// Downloads a dataset's zip and unpacks it to <root>/<folder>, which appears whole or not at all. On the way
/// it is <root>/<folder>.zip.partial, which stays after a failure that a later call can go on from, and
/// <root>/<folder>.unpacking. What was fetched is written to fetched.json in the folder. Nothing that was
/// there before is changed: a folder with raw/ and the marker of the registry's version is taken as it is.
/// Errors: kExists (a folder that is something else; another process fetches it; the zip to keep), kBadData
/// (a damaged or hostile archive, another version, another SHA-256; the zip is deleted then), those of
/// download() and unpack().
Fetched fetch(const DatasetSpec& spec, const FetchOptions& options);

}  // namespace weft::data
