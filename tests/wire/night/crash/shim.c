// Preloaded into `cutover`: what happens to a process, or to its disk, at one of the lines that it writes to its journal.
//
// CRASH_MATCHING is what a line must contain to be counted, CRASH_NTH which of those it is, from 1, and CRASH_HOW what
// happens at it:
//   before, middle, after   the process is killed before it is written, when half of it is, or when all of it is
//   full                    half of it fits on the disk, and from then on nothing does
//   unsynced                it cannot be brought to the disk, and nothing can from then on
// With CRASH_HOW=readonly nothing below a folder `.cutover` can be opened for writing or made.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int seen, gone;

static int how(const char *name) {
    const char *wanted = getenv("CRASH_HOW");
    return wanted && !strcmp(wanted, name);
}

static int is_journal(int fd) {
    static const char end[] = "/journal.jsonl";
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path);
    size_t tail = sizeof end - 1;
    return length >= (ssize_t)tail && !memcmp(path + length - tail, end, tail);
}

static int is_the_one(const void *line, size_t length) {
    const char *matching = getenv("CRASH_MATCHING"), *nth = getenv("CRASH_NTH");
    if (!matching || !nth || (*matching && !memmem(line, length, matching, strlen(matching))))
        return 0;
    return ++seen == atoi(nth);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    pause();
}

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (!getenv("CRASH_HOW") || !is_journal(fd))
        return real(fd, bytes, length);
    if (gone && how("full")) {
        errno = ENOSPC;
        return -1;
    }
    if (!is_the_one(bytes, length))
        return real(fd, bytes, length);
    if (how("before"))
        die();
    if (how("middle") || how("full"))
        length /= 2;
    gone = 1;
    ssize_t written = real(fd, bytes, length);
    if (how("middle") || how("after"))
        die();
    return written;
}

static int sync_with(const char *name, int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    if (gone && how("unsynced") && is_journal(fd)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fsync(int fd) { return sync_with("fsync", fd); }
int fdatasync(int fd) { return sync_with("fdatasync", fd); }

static int is_refused(const char *path) {
    if (!how("readonly") || !strstr(path, ".cutover"))
        return 0;
    errno = EROFS;
    return 1;
}

int mkdir(const char *path, mode_t mode) {
    int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
    return is_refused(path) ? -1 : real(path, mode);
}

static int open_with(const char *name, const char *path, int flags, mode_t mode) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    return (flags & O_ACCMODE) != O_RDONLY && is_refused(path) ? -1 : real(path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_with("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open_with("open64", path, flags, mode);
}
