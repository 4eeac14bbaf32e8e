#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
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

ssize_t roost_read_cached(int descriptor, void *bytes, size_t count, uint64_t offset) {
    struct iovec vector = {bytes, count};
    return preadv2(descriptor, &vector, 1, (off_t)offset, RWF_NOWAIT);
}

ssize_t roost_writev_at(int descriptor, const struct iovec *vectors, int count, uint64_t offset) {
    return pwritev(descriptor, vectors, count, (off_t)offset);
}

int roost_allocate(int descriptor, uint64_t offset, uint64_t length) {
    return fallocate(descriptor, 0, (off_t)offset, (off_t)length);
}

int roost_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int roost_socket(int family) { return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

ssize_t roost_send(int descriptor, const struct iovec *vectors, int count) {
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)vectors;
    message.msg_iovlen = (size_t)count;
    return sendmsg(descriptor, &message, MSG_NOSIGNAL);
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

void roost_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static __thread void *current_loop;

void *roost_current_loop(void) { return current_loop; }
void roost_set_current_loop(void *loop) { current_loop = loop; }
