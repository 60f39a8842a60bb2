// The Checker's words.
#include <sstream>

#include "kernels/simt/checker.hpp"
#include "kernels/simt/fault.hpp"
#include "kernels/simt/findings.hpp"
#include "kernels/simt/machine.hpp"
#include "kernels/simt/shared_arena.hpp"

namespace weft::simt {
namespace {

using weft::detail::concat;

const char* verb(AccessKind kind) {
  switch (kind) {
    case AccessKind::kRead:
      return "reads";
    case AccessKind::kWrite:
      return "writes";
    case AccessKind::kAtomic:
      return "changes atomically";
  }
  return "";
}

std::string others_of(const Party& party) {
  if (party.more_blocks) return ", as other blocks did,";
  if (party.more_warps) return ", as other warps did,";
  return "";
}

}  // namespace

bool Checker::is_new(Finding::Kind kind, const void* pc, const void* other_pc) {
  return seen_.emplace(kind, pc, other_pc).second;
}

std::string Checker::name_of_thread(const Moment& moment) const {
  return concat("block ", position_text(moment.block, launch_->grid), ", thread ",
                position_text(moment.thread, launch_->block));
}

void Checker::found(Finding::Kind kind, const Access& access, const char* what, std::uintptr_t address) {
  if (!is_new(kind, access.pc, nullptr)) return;
  const CodePlace place = place_of_call(access.pc);
  report({kind, launch_->kernel, place, CodePlace{},
          concat(text_of(place), ": ", running_thread(), ": ", verb(access.kind), " ", what, ", among ",
                 access.bytes, " bytes: ", names_.of(address))});
}

void Checker::found_race(const Party& other, const char* did, const Access& access) {
  if (!is_new(Finding::Kind::kRace, access.pc, other.pc)) return;
  const CodePlace place = place_of_call(access.pc), other_place = place_of_call(other.pc);
  report({Finding::Kind::kRace, launch_->kernel, place, other_place,
          concat(text_of(place), ": ", running_thread(), ": race: ", verb(access.kind), " ",
                 names_.of(access.address), ", which ", name_of_thread(other.moment), others_of(other), " ",
                 did, " at ", text_of(other_place), "; nothing orders the two")});
}

void Checker::found_by_host(Finding::Kind kind, std::uintptr_t address, const std::string& text) {
  report({kind, "", {}, {}, concat("the host ", text, ": ", names_.of(address))});
}

}  // namespace weft::simt
