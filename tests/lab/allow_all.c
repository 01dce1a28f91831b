/* The least that a listener of opens can cost: every open on one file system waits for us and is allowed at once,
 * by one thread per CPU.  The bench sets the guard's price beside it.
 *
 *   allow_all FOLDER
 *   allow_all --look FOLDER
 *
 * With --look it is what a virus scanner does: one thread opens and reads each file before its opener goes on, and whoever
 * else decides about opens is asked about that one.  Its own opens are allowed at once, else it would wait for itself.
 *
 * Says "ready" and goes on until SIGTERM, half an hour at the most. */
#include <errno.h>
#include <fcntl.h>
#include <linux/major.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LONGEST_S 1800
#define MOST_THREADS 8

static int group, to_look[2] = {-1, -1};

static void allow(int fd)
{
    struct fanotify_response r = {.fd = fd, .response = FAN_ALLOW};

    if (write(group, &r, sizeof r) < 0 && errno != ENOENT)
        _exit(1);
    close(fd);
}

/* What others open is looked at one after the other. */
static void *look(void *unused)
{
    char path[40], content[4096];
    int fd, again;

    (void)unused;
    while (read(to_look[0], &fd, sizeof fd) == (ssize_t)sizeof fd) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        again = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        while (again >= 0 && read(again, content, sizeof content) > 0)
            ;
        if (again >= 0)
            close(again);
        allow(fd);
    }
    return NULL;
}

static void *answer(void *number)
{
    _Alignas(8) char buffer[sizeof(struct fanotify_event_metadata) + 64];
    cpu_set_t cpu;

    CPU_ZERO(&cpu);
    CPU_SET((size_t)number, &cpu);
    pthread_setaffinity_np(pthread_self(), sizeof cpu, &cpu);
    for (;;) {
        struct fanotify_event_metadata *m = (struct fanotify_event_metadata *)(void *)buffer;
        ssize_t n = read(group, buffer, sizeof buffer);

        for (; n > 0 && FAN_EVENT_OK(m, n); m = FAN_EVENT_NEXT(m, n)) {
            if (m->fd >= 0 && to_look[1] >= 0 && m->pid != getpid()) {
                if (write(to_look[1], &m->fd, sizeof m->fd) != (ssize_t)sizeof m->fd)
                    _exit(1);
            } else if (m->fd >= 0) {
                allow(m->fd);
            }
        }
    }
    return NULL;
}

/* The machine's own file systems are never held, only a loop-mounted image (not btrfs, which shows no device). */
static int is_lab(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && major(st.st_dev) == LOOP_MAJOR;
}

int main(int argc, char **argv)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t t;

    const char *folder = argv[argc - 1];
    bool looks = argc == 3 && !strcmp(argv[1], "--look");

    alarm(LONGEST_S);
    if (argc != (looks ? 3 : 2) || !is_lab(folder)) {
        fprintf(stderr, "usage: allow_all [--look] FOLDER, on a loop-mounted image\n");
        return 64;
    }
    if (looks && (pipe2(to_look, O_CLOEXEC) < 0 || pthread_create(&t, NULL, look, NULL)))
        return 1;
    group = fanotify_init(FAN_CLASS_PRE_CONTENT | FAN_CLOEXEC | FAN_UNLIMITED_QUEUE, O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME);
    if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, AT_FDCWD, folder) < 0) {
        fprintf(stderr, "allow_all: %s\n", strerror(errno));
        return 1;
    }
    for (size_t i = 0; i < (size_t)(cpus > MOST_THREADS ? MOST_THREADS : cpus); i++)
        if (pthread_create(&t, NULL, answer, (void *)i))
            return 1;
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}
