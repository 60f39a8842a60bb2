#pragma once
// Fibers: stacks that one operating-system thread switches between. A switch saves the registers that a call
// must preserve and jumps; the signal mask and the floating-point modes, which no kernel changes, stay.
// x86-64 and aarch64 switch in a few instructions; elsewhere, or with WEFT_SIMT_UCONTEXT, ucontext does it
// with a system call each.
#include <cstddef>

#if !defined(WEFT_SIMT_UCONTEXT) && !defined(__x86_64__) && !defined(__aarch64__)
#define WEFT_SIMT_UCONTEXT 1
#endif
#if defined(WEFT_SIMT_UCONTEXT)
#include <ucontext.h>
#endif

namespace weft::simt {

class Fiber {
 public:
  /// Gives the fiber a stack; the first switch to it calls `entry`, which first calls arrive() and never
  /// returns. A fiber that is not prepared stands for the caller's own stack.
  void prepare(void* stack, std::size_t bytes, void (*entry)());

  /// Suspends the running fiber `from` and goes on with `to`; returns when something switches back.
  static void switch_to(Fiber& from, Fiber& to);
  /// What the first call on a new stack must tell the address sanitizer.
  static void arrive();

 private:
#if defined(WEFT_SIMT_UCONTEXT)
  ucontext_t context_;
#else
  void* stack_pointer_ = nullptr;
#endif
  // For the address sanitizer.
  const void* stack_ = nullptr;
  std::size_t bytes_ = 0;
  void* fake_stack_ = nullptr;
};

}  // namespace weft::simt
