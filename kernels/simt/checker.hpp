#pragma once
// Holds every access of a kernel against what is known of memory and of the order of threads. check.hpp tells
// what is found.
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "kernels/simt/access.hpp"
#include "kernels/simt/check.hpp"
#include "kernels/simt/happens_before.hpp"
#include "kernels/simt/host_program.hpp"
#include "kernels/simt/launch_counter.hpp"
#include "kernels/simt/memory_names.hpp"
#include "kernels/simt/observer.hpp"
#include "kernels/simt/shadow.hpp"

namespace weft::simt {

class Checker final : public Observer {
 public:
  static Checker& get();

  /// A kernel's thread accesses memory.
  void touch(const Access& access);
  LaunchCounter& counter() { return counter_; }

  void launch_begins(const Launch& launch) override;
  void launch_ends() override;
  void block_begins(std::uint64_t number) override;
  void block_ends() override;
  void barrier_passed() override;
  void warp_met(int warp, unsigned mask, bool orders_memory) override;
  void shared_made(const void* memory, std::size_t bytes, const char* name) override;
  void device_memory_made(const void* memory, std::size_t bytes) override;
  void device_memory_gone(const void* memory) override;
  void in_use(const void* memory, std::size_t bytes) override;
  void unused(const void* memory, std::size_t bytes) override;
  void host_wrote(const void* memory, std::size_t bytes) override;
  void host_read(const void* memory, std::size_t bytes) override;
  void host_copied(const void* to, const void* from, std::size_t bytes) override;

 private:
  Checker();

  Region* region_of(std::uintptr_t address);
  void check(Region& region, const Access& access);
  bool check_states(Region& region, const Access& access);
  void check_order(Region& region, const Access& access);
  void check_grain(Page& page, std::size_t offset, const Access& access, const Moment& now);
  void check_party(const Party& other, const char* did, const Access& access, const Moment& now) {
    if (!other.empty() && !order_.ordered(other, now)) found_race(other, did, access);
  }
  /// Where all of the bytes are in use; else null, and a finding.
  Region* region_in_use(std::uintptr_t address, std::size_t bytes, const char* did);

  /// A finding about a place in the code comes once a launch.
  bool is_new(Finding::Kind kind, const void* pc, const void* other_pc);
  void found(Finding::Kind kind, const Access& access, const char* what, std::uintptr_t address);
  void found_race(const Party& other, const char* did, const Access& access);
  void found_by_host(Finding::Kind kind, std::uintptr_t address, const std::string& text);
  std::string name_of_thread(const Moment& moment) const;

  // Held while a launch runs, so that other threads of the host come before or after it.
  std::mutex mutex_;
  const Launch* launch_ = nullptr;
  HappensBefore order_;
  Region arena_;
  std::map<std::uintptr_t, Region> device_;  // by where they end
  Region* last_ = nullptr;                   // where the last access was
  PagePool pages_;
  HostProgram program_;
  MemoryNames names_;
  LaunchCounter counter_;
  std::set<std::tuple<Finding::Kind, const void*, const void*>> seen_;
};

}  // namespace weft::simt
