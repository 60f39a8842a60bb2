#pragma once
// Threads of this process that loops are shared with. They sleep when nobody asks for them, cores are given
// up to whoever else computes, and a loop never waits for a thread that has not begun. OpenMP's runtimes spin
// at their barriers unless an environment variable is set before they are loaded, which a library cannot ask
// for.
namespace weft {

/// The most parts a loop is cut into.
constexpr int kMostParts = 1024;

namespace detail {

using PartFunction = void (*)(const void* body, int part, int parts);

/// parallel() for a body whose type is not known.
void run_parts(int parts, PartFunction function, const void* body);

}  // namespace detail

/// Calls body(part, parts) once for every part in [0, parts), on the calling thread and on threads of the
/// pool; returns when all calls have. More parts than kMostParts are cut down to it, so work must be cut by
/// the second argument; it does not depend on the machine. Which thread takes which part is not fixed, and
/// one thread may take several: a body must not wait for another part, and results must not depend on who
/// took what. No more threads work at a time than the process had processors when the pool was first used,
/// whatever `parts` is. Any thread may call, within a part too; loops at the same time share the pool's
/// threads, and a loop that gets none runs on its caller. A forked child has a
/// pool of its own; a part must not fork, for the child would wait for threads that it lacks. An exception
/// that leaves body is thrown again by the caller when all parts have ended: of several, that of the lowest
/// part. Errors: kOutOfMemory when the system refuses a thread that the process has processors for; no part
/// was called then.
template <class Body>
void parallel(int parts, const Body& body) {
  if (parts <= 1) return body(0, 1);
  detail::run_parts(
      parts, [](const void* b, int part, int count) { (*static_cast<const Body*>(b))(part, count); }, &body);
}

}  // namespace weft
