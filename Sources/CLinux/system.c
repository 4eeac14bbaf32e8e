#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

uint64_t roost_clock_nanoseconds(bool boottime) {
    struct timespec time;
    clock_gettime(boottime ? CLOCK_BOOTTIME : CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int roost_open(int folder, const char *path, int flags, bool direct, unsigned mode) {
    return openat(folder, path, flags | O_CLOEXEC | (direct ? O_DIRECT : 0), mode);
}

int64_t roost_read_cached(int descriptor, void *bytes, size_t count, uint64_t offset) {
    struct iovec vector = {bytes, count};
    return preadv2(descriptor, &vector, 1, (off_t)offset, RWF_NOWAIT);
}

int64_t roost_writev_at(int descriptor, const void *vectors, int count, uint64_t offset) {
    return pwritev(descriptor, vectors, count, (off_t)offset);
}

int roost_allocate(int descriptor, uint64_t offset, uint64_t length) {
    return fallocate(descriptor, 0, (off_t)offset, (off_t)length);
}

int roost_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int roost_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

int64_t roost_send(int descriptor, const void *vectors, int count) {
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)vectors;
    message.msg_iovlen = (size_t)count;
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
}

int roost_make_event(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// EAGAIN would mean 2^64 - 1 signals that nobody has cleared: the event is readable then, which is what is asked for.
void roost_signal_event(int event) {
    uint64_t one = 1;
    while (write(event, &one, sizeof one) < 0 && errno == EINTR) {}
}

void roost_clear_event(int event) {
    uint64_t count;
    while (read(event, &count, sizeof count) < 0 && errno == EINTR) {}
}

bool roost_random(void *bytes, size_t count) {
    char *target = bytes;
    while (count > 0) {
        ssize_t got = getrandom(target, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        target += got;
        count -= (size_t)got;
    }
    return true;
}

struct start {
    char name[16];
    void (*body)(void *);
    void *argument;
};

static void *run_thread(void *pointer) {
    struct start start = *(struct start *)pointer;
    free(pointer);
    pthread_setname_np(pthread_self(), start.name);
    start.body(start.argument);
    return NULL;
}

bool roost_start_thread(const char *name, size_t stack_bytes, void (*body)(void *), void *argument) {
    struct start *start = calloc(1, sizeof *start);
    if (!start) return false;
    strncpy(start->name, name, sizeof start->name - 1);
    start->body = body;
    start->argument = argument;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    bool started = pthread_create(&thread, &attributes, run_thread, start) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) free(start);
    return started;
}

void roost_be_nice(int niceness) {
    // On Linux a priority is a thread's, named by its thread ID; 0 is the calling one. Failing, it is as nice as all.
    (void)setpriority(PRIO_PROCESS, 0, niceness);
}

static __thread void *current_loop;

void *roost_current_loop(void) { return current_loop; }
void roost_set_current_loop(void *loop) { current_loop = loop; }
