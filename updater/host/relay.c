#include "updater/host/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/frame.h"
#include "updater/host/channel.h"
#include "updater/host/child.h"
#include "lib/os/tree.h"

#define TRIES 5               /* of an artifact whose connection breaks: each goes on where the one before ended */

struct child { int pid, sock; };

struct relay {
    const struct places *places;
    struct store *store;
    const char *config_path;
    struct child verify;
    struct child fetch;               /* brings files: fetch, or unpack with a bundle; pid 0: not started */
    struct child unpack;              /* of the release that is laid down; pid 0: not started */
    const struct update_host *host;
    int bundle;                       /* descriptor; -1: the network */
    int64_t made;                     /* of the bundle */
    struct relay_result *out;
    int stage, file;                  /* descriptors: the staged release, and its file that is being written; -1 */
    uint64_t left, bytes;             /* of that file; of the release */
    unsigned files, tars;
    struct frame frame;
};

static const unsigned FROM_VERIFY = 1u << UPDATE_WANT | 1u << UPDATE_KEEP | 1u << UPDATE_PLAN | 1u << UPDATE_DONE;
static const unsigned FROM_UNPACK = 1u << UPDATE_FILE | 1u << UPDATE_BYTES | 1u << UPDATE_KEEP | 1u << UPDATE_END;
static const unsigned FROM_FETCH = 1u << UPDATE_START | 1u << UPDATE_BYTES | 1u << UPDATE_END;

/* ---- children ------------------------------------------------------------------------------------- */

static int start(const struct relay *r, struct child *child, const char *program)
{
    int pid = child_start(program, r->config_path, &child->sock);

    child->pid = pid > 0 ? pid : 0;
    return pid > 0 ? MM_OK : MM_ENOTFOUND;
}

/* Its exit status as waitpid(2) tells it. */
static int stop(struct child *child)
{
    int status = child->pid ? child_end(child->pid, child->sock) : 0;

    child->pid = 0;
    return status;
}

/* ---- bringing and keeping ------------------------------------------------------------------------ */

static int send_file(int sock, int fd, uint64_t limit, enum tuf_got *got)
{
    static unsigned char chunk[UPDATE_CHUNK];
    struct stat st;
    ssize_t n;
    int rc = MM_OK;

    *got = TUF_BROKEN;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return MM_OK;
    if ((uint64_t)st.st_size > limit) {
        *got = TUF_OVERLONG;
        return MM_OK;
    }
    while (!rc && (n = read(fd, chunk, sizeof chunk)) > 0)
        rc = channel_send_bytes(sock, chunk, (size_t)n);
    *got = n < 0 ? TUF_BROKEN : TUF_BYTES;
    return rc;
}

static int load(struct relay *r, const struct update_want *w)
{
    int fd = store_read(r->store, (enum tuf_place)w->place, w->name), rc;
    enum tuf_got got;

    if (fd < 0)
        return channel_send_end(r->verify.sock, fd == MM_ENOTFOUND ? TUF_ABSENT : TUF_BROKEN, mm_strerror(fd));
    rc = send_file(r->verify.sock, fd, w->limit, &got);
    close(fd);
    return rc ? rc : channel_send_end(r->verify.sock, got, "");
}

/* The file of an artifact that is on its way; -1: metadata, which comes whole or not at all. */
static int open_part(const struct relay *r, const struct update_want *w, char path[LIM_PATH])
{
    const char *last = strrchr(w->name, '/');
    char name[LIM_NAME];

    if (w->place != TUF_ARTIFACTS || r->bundle >= 0 || snprintf(name, sizeof name, "%s" RELAY_PART, last ? last + 1 : w->name) >= (int)sizeof name ||
        store_path(r->store, TUF_ARTIFACTS, name, path))
        return -1;
    return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Bytes of a part that are here already, up to the limit: handed on before the rest. */
static int send_part(struct relay *r, int part, uint64_t limit, uint64_t *offset)
{
    struct stat st;
    enum tuf_got got;

    *offset = 0;
    if (part < 0 || fstat(part, &st) < 0 || st.st_size <= 0 || (uint64_t)st.st_size >= limit)
        return part < 0 || ftruncate(part, 0) == 0 ? MM_OK : MM_EIO;
    *offset = (uint64_t)st.st_size;
    return send_file(r->verify.sock, part, limit, &got);
}

/* Hand on what fetch brings, up to its end.  `part`: where it is kept for a next try. */
static int hand_on(struct relay *r, int part, uint64_t had, uint64_t limit, struct update_end *end)
{
    for (;;) {
        int rc = channel_recv(r->fetch.sock, &r->frame, FROM_FETCH, LIM_TUF_ARTIFACT_S * (1 + LIM_UPDATE_CACHES));

        if (rc)
            return rc;
        if (r->frame.header.type == UPDATE_END) {
            memcpy(end, r->frame.payload, sizeof *end);
            FRAME_STR(end->trouble);
            return MM_OK;
        }
        if (r->frame.header.type == UPDATE_START) {
            const struct update_start *start = (const struct update_start *)(const void *)r->frame.payload;

            if (start->offset)
                continue; /* goes on behind what was handed on already */
            if (part >= 0 && (ftruncate(part, 0) < 0 || lseek(part, 0, SEEK_SET) < 0))
                return MM_EIO;
            had = 0;
            rc = channel_send(r->verify.sock, UPDATE_START, start, sizeof *start);
        } else {
            had += r->frame.header.length;
            if (had > limit) { /* fetch looks at it, too; whoever has taken it over does not */
                stop(&r->fetch);
                *end = (struct update_end){.got = TUF_OVERLONG};
                return MM_OK;
            }
            /* a disk without room for the part is no reason to stop: only the next try begins anew */
            if (part >= 0 && durable_put(part, r->frame.payload, r->frame.header.length) && ftruncate(part, 0) == 0)
                part = -1;
            rc = channel_send(r->verify.sock, UPDATE_BYTES, r->frame.payload, r->frame.header.length);
        }
        if (rc)
            return rc;
    }
}

/* Fetch, or in its place a reader of the bundle, which tells first when that was made. */
static int start_fetch(struct relay *r)
{
    int rc;

    if (r->fetch.pid)
        return MM_OK;
    if (r->bundle < 0)
        return start(r, &r->fetch, "mimamori-update-fetch");
    rc = start(r, &r->fetch, "mimamori-update-unpack");
    if (!rc)
        rc = channel_send_fd(r->fetch.sock, UPDATE_BUNDLE, NULL, 0, r->bundle);
    if (!rc)
        rc = channel_recv(r->fetch.sock, &r->frame, 1u << UPDATE_START, LIM_UPDATE_VERIFY_S);
    if (!rc)
        r->made = (int64_t)((const struct update_start *)(const void *)r->frame.payload)->offset;
    return rc;
}

/* One try, from the beginning for verify, and for fetch from where the part ends. */
static int fetch_once(struct relay *r, struct update_want *w, int part, struct update_end *end)
{
    struct update_start start = {0};
    int rc = channel_send(r->verify.sock, UPDATE_START, &start, sizeof start);

    if (part >= 0 && !rc)
        rc = lseek(part, 0, SEEK_SET) == 0 ? MM_OK : MM_EIO;
    if (!rc)
        rc = send_part(r, part, w->limit, &w->offset);
    if (!rc)
        rc = channel_send(r->fetch.sock, UPDATE_WANT, w, sizeof *w);
    return rc ? rc : hand_on(r, part, w->offset, w->limit, end);
}

static uint64_t size_of(int part)
{
    struct stat st;

    return part >= 0 && fstat(part, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static int bring(struct relay *r, struct update_want *w)
{
    struct update_end end = {.got = TUF_BROKEN};
    char path[LIM_PATH];
    int part, rc = start_fetch(r);

    if (rc)
        return channel_send_end(r->verify.sock, TUF_BROKEN, r->bundle < 0 ? "mimamori-update-fetch cannot be started" : "the bundle cannot be read");
    part = open_part(r, w, path);
    if (part >= 0 && w->again && ftruncate(part, 0) < 0)
        rc = MM_EIO;
    for (unsigned i = 0; !rc; i++) {
        uint64_t before = size_of(part), now;

        rc = fetch_once(r, w, part, &end);
        now = size_of(part);
        if (rc || (end.got != TUF_BROKEN && end.got != TUF_TIMED_OUT) || part < 0 || i + 1 == TRIES)
            break;
        if (now <= before) /* nothing came: another try now would bring no more */
            break;
    }
    if (part >= 0) {
        /* kept for a next run only when the connection broke; what came whole is verified and kept, or is not wanted */
        if (end.got != TUF_BROKEN && end.got != TUF_TIMED_OUT)
            (void)unlink(path);
        close(part);
    }
    if (rc == MM_ECLOSED || rc == MM_ETIMEOUT || rc == MM_EFORMAT) { /* fetch broke off: no bytes, but the run goes on */
        int status = stop(&r->fetch);

        r->out->no_authority |= WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CONFIG;
        end = (struct update_end){.got = TUF_BROKEN, .trouble = "the fetching process broke off"};
        rc = MM_OK;
    }
    return rc ? rc : channel_send(r->verify.sock, UPDATE_END, &end, sizeof end);
}

/* The bytes that follow on a socket, up to their end, into a file of the store; *kept: MM_OK, or why this disk does not take it. */
static int keep_from(struct relay *r, int sock, const struct update_want *w, int *kept)
{
    char path[LIM_PATH];
    struct durable d = {.fd = -1};
    uint64_t n = 0;
    int rc, bad = store_path(r->store, (enum tuf_place)w->place, w->name, path);

    if (!bad)
        bad = durable_begin(&d, path);
    for (;;) {
        rc = channel_recv(sock, &r->frame, 1u << UPDATE_BYTES | 1u << UPDATE_END, LIM_UPDATE_VERIFY_S);
        if (rc || r->frame.header.type == UPDATE_END)
            break;
        n += r->frame.header.length;
        if (!bad)
            bad = n > w->limit ? MM_ELIMIT : durable_put(d.fd, r->frame.payload, r->frame.header.length);
    }
    if (!rc && !bad)
        bad = durable_commit(&d, path, 0644);
    else
        durable_abandon(&d);
    r->out->space |= bad == MM_ENOSPC;
    *kept = bad;
    return rc;
}

static int keep(struct relay *r, const struct update_want *w)
{
    int kept, rc = keep_from(r, r->verify.sock, w, &kept);

    return rc ? rc : channel_send_end(r->verify.sock, kept ? TUF_BROKEN : TUF_KEPT, kept ? mm_strerror(kept) : "");
}

/* ---- laying a release down ------------------------------------------------------------------------ */

void relay_clear(const struct places *places, enum update_kind kind)
{
    if (places->folders[kind][0])
        (void)tree_remove(places->folders[kind], RELAY_STAGED);
}

static void close_stage(struct relay *r)
{
    if (r->file >= 0)
        close(r->file);
    if (r->stage >= 0)
        close(r->stage);
    r->file = r->stage = -1;
    r->left = r->bytes = 0;
    r->files = r->tars = 0;
}

static int begin_release(struct relay *r)
{
    struct update_plan *plan = &r->out->plan;
    const char *folder;

    close_stage(r);
    memcpy(plan, r->frame.payload, sizeof *plan);
    FRAME_STR(plan->version);
    FRAME_STR(plan->content);
    FRAME_STR(plan->artifact);
    if (plan->kind >= UPDATE_KINDS || plan->choice > CHOICE_BACK)
        return MM_EFORMAT;
    folder = r->places->folders[plan->kind];
    if (!folder[0])
        return MM_EUNSUPPORTED;
    r->stage = tree_new(folder, RELAY_STAGED);
    return r->stage < 0 ? r->stage : MM_OK;
}

static int end_file(struct relay *r)
{
    int rc = r->left ? MM_EFORMAT : MM_OK;

    if (r->file >= 0 && close(r->file) < 0 && !rc)
        rc = mm_from_errno(errno);
    r->file = -1;
    return rc;
}

static int begin_file(struct relay *r)
{
    struct update_file *file = (struct update_file *)(void *)r->frame.payload;
    int rc = end_file(r);

    FRAME_STR(file->path);
    if (rc || r->stage < 0 || ++r->files > LIM_UPDATE_FILES || file->size > LIM_UPDATE_CONTENT - r->bytes)
        return rc ? rc : MM_EFORMAT;
    r->file = tree_file(r->stage, file->path, file->executable != 0);
    if (r->file < 0) {
        rc = r->file;
        r->file = -1;
        return rc;
    }
    r->left = file->size;
    r->bytes += file->size;
    return MM_OK;
}

static int take_bytes(struct relay *r)
{
    if (r->file < 0 || r->frame.header.length > r->left)
        return MM_EFORMAT;
    r->left -= r->frame.header.length;
    return durable_put(r->file, r->frame.payload, r->frame.header.length);
}

/* One frame of unpack; *end: it was the last one. */
static int take_unpacked(struct relay *r, struct update_end *end, bool *over)
{
    struct update_want tar = {.place = TUF_ARTIFACTS, .limit = LIM_UPDATE_CONTENT};
    int kept = 0, rc = channel_recv(r->unpack.sock, &r->frame, FROM_UNPACK, LIM_UPDATE_VERIFY_S);

    if (rc)
        return rc;
    switch (r->frame.header.type) {
    case UPDATE_FILE: return begin_file(r);
    case UPDATE_BYTES: return take_bytes(r);
    case UPDATE_KEEP: /* once; where is not its to say; one that is not kept only makes the next release come whole */
        if (r->tars++)
            return MM_EFORMAT;
        snprintf(tar.name, sizeof tar.name, "%s", r->out->plan.artifact);
        return keep_from(r, r->unpack.sock, &tar, &kept);
    default:
        memcpy(end, r->frame.payload, sizeof *end);
        FRAME_STR(end->trouble);
        *over = true;
        return MM_OK;
    }
}

/* The archive that a delta starts from, to unpack.  MM_ENOTFOUND: it is not here. */
static int send_base(struct relay *r)
{
    const struct update_running *running = &r->host->running[r->out->plan.kind];
    int fd = running->artifact[0] ? store_read(r->store, TUF_ARTIFACTS, running->artifact) : MM_ENOTFOUND, rc;
    enum tuf_got got;

    if (fd < 0)
        return MM_ENOTFOUND;
    rc = send_file(r->unpack.sock, fd, LIM_TUF_ARTIFACT, &got);
    close(fd);
    if (!rc && got != TUF_BYTES)
        rc = MM_ENOTFOUND;
    return rc ? rc : channel_send_end(r->unpack.sock, TUF_BYTES, "");
}

/* The archive that follows from verify, to unpack.  Always up to its end, so that verify is heard out; *bad: unpack's side. */
static int pass_archive(struct relay *r, int *bad)
{
    for (;;) {
        int rc = channel_recv(r->verify.sock, &r->frame, 1u << UPDATE_BYTES | 1u << UPDATE_END, LIM_UPDATE_VERIFY_S);

        if (rc)
            return rc;
        if (!*bad)
            *bad = channel_send(r->unpack.sock, r->frame.header.type, r->frame.payload, r->frame.header.length);
        if (r->frame.header.type == UPDATE_END)
            return MM_OK;
    }
}

/* Lay the chosen release down: what unpack makes of its archive, into a folder of its own.  Verify is told how that went. */
static int lay_down(struct relay *r)
{
    struct update_end end = {.got = TUF_BROKEN};
    int bad = begin_release(r), rc;
    bool over = false;

    r->out->staged = false;
    if (!bad)
        bad = start(r, &r->unpack, "mimamori-update-unpack");
    if (!bad)
        bad = channel_send(r->unpack.sock, UPDATE_PLAN, &r->out->plan, sizeof r->out->plan);
    rc = pass_archive(r, &bad);
    if (rc)
        return rc;
    if (!bad && r->out->plan.from_delta)
        bad = send_base(r);
    while (!bad && !over)
        bad = take_unpacked(r, &end, &over);
    if (!bad && end.got == TUF_BYTES) {
        bad = end_file(r);
        if (!bad)
            bad = tree_sync(r->stage);
        r->out->staged = !bad;
    }
    stop(&r->unpack);
    r->out->space |= bad == MM_ENOSPC;
    if (bad)
        snprintf(end.trouble, sizeof end.trouble, "unpacking: %s", mm_strerror(bad));
    /* what unpack says of a content is a verdict; that it ended, or that this disk is full, is none */
    return channel_send_end(r->verify.sock, r->out->staged ? TUF_KEPT : bad ? TUF_TIMED_OUT : TUF_BROKEN, end.trouble);
}

static int end_run(struct relay *r)
{
    struct update_done *done = &r->out->done;

    memcpy(done, r->frame.payload, sizeof *done);
    FRAME_STR(done->about);
    FRAME_STR(done->detail);
    for (int kind = 0; kind < UPDATE_KINDS; kind++)
        FRAME_STR(done->newest[kind]);
    if (done->result > UPDATE_FAILED || (done->result == UPDATE_BROUGHT && !r->out->staged))
        return MM_EFORMAT;
    r->out->staged = done->result == UPDATE_BROUGHT;
    return MM_OK;
}

/* ---- the run ---------------------------------------------------------------------------------------- */

static int serve(struct relay *r, bool *done)
{
    struct update_want w;
    int rc = channel_recv(r->verify.sock, &r->frame, FROM_VERIFY, LIM_UPDATE_VERIFY_S);

    if (rc)
        return rc;
    switch (r->frame.header.type) {
    case UPDATE_WANT:
    case UPDATE_KEEP:
        memcpy(&w, r->frame.payload, sizeof w);
        FRAME_STR(w.name);
        if (w.place != TUF_METADATA && w.place != TUF_ARTIFACTS)
            return MM_EFORMAT;
        return r->frame.header.type == UPDATE_KEEP ? keep(r, &w) : w.fetch ? bring(r, &w) : load(r, &w);
    case UPDATE_PLAN: return lay_down(r);
    default:
        *done = true;
        return end_run(r);
    }
}

static void end(struct relay *r, int rc)
{
    int status = r->verify.pid ? child_end(r->verify.pid, r->verify.sock) : 0;

    stop(&r->fetch);
    stop(&r->unpack);
    close_stage(r);
    r->out->made = r->made;
    if (!rc)
        return;
    r->out->staged = false;
    r->out->done.result = UPDATE_FAILED;
    r->out->done.cause = rc == MM_ENOMEM ? TUF_MEMORY : TUF_STORE;
    r->out->space |= rc == MM_ENOSPC;
    if (rc == MM_ECLOSED && WIFSIGNALED(status))
        snprintf(r->out->done.detail, sizeof r->out->done.detail, "the verifying process was ended by signal %d", WTERMSIG(status));
    else
        snprintf(r->out->done.detail, sizeof r->out->done.detail, "%s", mm_strerror(rc));
}

int relay_run(const struct places *places, struct store *store, const char *config_path, const struct update_host *host, int bundle,
              struct relay_result *out)
{
    struct relay r = {.places = places, .store = store, .config_path = config_path, .host = host, .bundle = bundle, .out = out, .stage = -1, .file = -1};
    bool done = false;
    int rc;

    *out = (struct relay_result){.done.result = UPDATE_FAILED};
    rc = start(&r, &r.verify, "mimamori-update-verify");
    if (!rc)
        rc = channel_send(r.verify.sock, UPDATE_BEGIN, host, sizeof *host);
    while (!rc && !done)
        rc = serve(&r, &done);
    end(&r, rc);
    if (!out->staged)
        for (int kind = 0; kind < UPDATE_KINDS; kind++)
            relay_clear(places, (enum update_kind)kind);
    return rc;
}
