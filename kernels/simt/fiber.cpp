#include "kernels/simt/fiber.hpp"

#include <cstdint>

#include "kernels/simt/address_sanitizer.hpp"

#if !defined(WEFT_SIMT_UCONTEXT)
// weft_simt_switch(void** save, void* load): pushes what a call preserves, keeps the stack pointer in *save,
// takes `load` as the stack pointer and goes back from there.
extern "C" void weft_simt_switch(void** save, void* load);

#if defined(__x86_64__)
// Ends in an indirect jump: a `ret` that returns elsewhere than the last call came from is always predicted
// wrongly.
asm(R"(
.text
.globl weft_simt_switch
.hidden weft_simt_switch
.type weft_simt_switch, @function
.align 16
weft_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  popq %rax
  jmp *%rax
.size weft_simt_switch, .-weft_simt_switch
)");
#else
asm(R"(
.text
.globl weft_simt_switch
.hidden weft_simt_switch
.type weft_simt_switch, %function
.align 4
weft_simt_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  br x30
.size weft_simt_switch, .-weft_simt_switch
)");
#endif
#endif

namespace weft::simt {
namespace {

Fiber* came_from = nullptr;  // the fiber of the last switch
Fiber* gone_to = nullptr;

#if !defined(WEFT_SIMT_UCONTEXT)
constexpr std::uintptr_t kAlignment = 16;

#if defined(__x86_64__)
// From the stack pointer up: six registers, the entry, and a return address of 0 that ends every backtrace.
// At the entry the stack pointer is 8 beyond a multiple of 16, as after a call.
constexpr std::size_t kEntryWord = 6, kFrameWords = 8;
#else
// From the stack pointer up: x19 to x30, of which the last is where to go on, and d8 to d15.
constexpr std::size_t kEntryWord = 11, kFrameWords = 20;
#endif
#endif

}  // namespace

void Fiber::prepare(void* stack, std::size_t bytes, void (*entry)()) {
  stack_ = stack;
  bytes_ = bytes;
#if defined(WEFT_SIMT_UCONTEXT)
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack;
  context_.uc_stack.ss_size = bytes;
  context_.uc_link = nullptr;
  makecontext(&context_, entry, 0);
#else
  auto* const end = static_cast<unsigned char*>(stack) + bytes;
  auto* const top = end - reinterpret_cast<std::uintptr_t>(end) % kAlignment;
  auto* const frame = reinterpret_cast<std::uintptr_t*>(top) - kFrameWords;
  for (std::size_t i = 0; i < kFrameWords; ++i) frame[i] = 0;
  frame[kEntryWord] = reinterpret_cast<std::uintptr_t>(entry);
  stack_pointer_ = frame;
#endif
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  came_from = &from;
  gone_to = &to;
  asan::before_switch(&from.fake_stack_, to.stack_, to.bytes_);
#if defined(WEFT_SIMT_UCONTEXT)
  swapcontext(&from.context_, &to.context_);
#else
  weft_simt_switch(&from.stack_pointer_, to.stack_pointer_);
#endif
  arrive();
}

void Fiber::arrive() {
  // The host's own stack is known from here on.
  asan::after_switch(gone_to->fake_stack_, &came_from->stack_, &came_from->bytes_);
}

}  // namespace weft::simt
