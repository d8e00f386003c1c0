/* A clock that can be turned: LD_PRELOAD gives a process the time of day plus the nanoseconds that
   stand in the file WAYPOST_CLOCK, read anew each time. The monotonic clock stays, as it does when
   an administrator or NTP sets the time. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

static const volatile int64_t zero = 0;
static const volatile int64_t *turned = &zero;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_sem)(sem_t *, const struct timespec *);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("WAYPOST_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        if (page != MAP_FAILED)
            turned = page;
        close(file);
    }
}

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static void add(struct timespec *at, int64_t nanoseconds) {
    int64_t whole = at->tv_sec * SECOND + at->tv_nsec + nanoseconds;
    at->tv_sec = whole / SECOND;
    at->tv_nsec = whole % SECOND;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    if (!real_gettime)
        real_gettime = next("clock_gettime");
    int failed = real_gettime(clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        add(at, *turned);
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return -1;
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now))
        return (time_t)-1;
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

/* What waits until a time of day waits by the kernel's clock. */
int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until) {
    struct timespec kernel = *until;
    if (!real_sem)
        real_sem = next("sem_timedwait");
    add(&kernel, -*turned);
    return real_sem(sem, &kernel);
}
