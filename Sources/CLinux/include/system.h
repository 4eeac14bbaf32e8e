#ifndef ROOST_SYSTEM_H
#define ROOST_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Calls and constants that the Glibc module does not show to Swift. Definitions in system.c, where _GNU_SOURCE is set.
// Calls return what the kernel returns; errno is left as it is.
//
// No header of the C library is included here: two modules that include the same one both own its declarations, and
// which of them Swift finds then depends on the order in which modules were built. Structures are passed as pointers.

/// Of CLOCK_BOOTTIME (true) or CLOCK_REALTIME (false), in nanoseconds.
uint64_t roost_clock_nanoseconds(bool boottime);

/// openat with O_CLOEXEC | O_NOFOLLOW is left to the caller's flags; `direct` adds O_DIRECT.
int roost_open(int folder, const char *path, int flags, bool direct, unsigned mode);

/// preadv2 with RWF_NOWAIT: EAGAIN if any wait would be needed.
int64_t roost_read_cached(int descriptor, void *bytes, size_t count, uint64_t offset);

/// pwritev; `vectors` are struct iovec.
int64_t roost_writev_at(int descriptor, const void *vectors, int count, uint64_t offset);

/// fallocate without flags: blocks up to offset + length, and the size grows to that.
int roost_allocate(int descriptor, uint64_t offset, uint64_t length);

/// accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC. `address` is a struct sockaddr_storage of `length` bytes.
int roost_accept(int listener, void *address, uint32_t *length);

/// socket with SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC.
int roost_socket(int family);

/// sendmsg with MSG_NOSIGNAL; `vectors` are struct iovec.
int64_t roost_send(int descriptor, const void *vectors, int count);

/// eventfd with EFD_NONBLOCK | EFD_CLOEXEC.
int roost_make_event(void);
/// Makes the event readable; from any thread.
void roost_signal_event(int event);
/// Makes it unreadable again.
void roost_clear_event(int event);

/// Fills with random bytes; false if the kernel refuses.
bool roost_random(void *bytes, size_t count);

/// Starts a detached thread; false if the system refuses. The first 15 characters of `name` are shown by ps and gdb.
bool roost_start_thread(const char *name, size_t stack_bytes, void (*body)(void *), void *argument);

/// Lets the calling thread have less of the processor than others while they want it: 0 as all, 19 the least.
void roost_be_nice(int niceness);

/// The event loop that runs on the calling thread, or NULL.
void *roost_current_loop(void);
void roost_set_current_loop(void *loop);

#endif
