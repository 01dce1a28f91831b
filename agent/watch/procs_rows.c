/* One row: its image, flags, scope and tree.  Everything here runs under
 * procs.lock and asks nobody outside the table. */
#include <string.h>
#include <unistd.h>

#include "agent/watch/procs_priv.h"

void procs_name(const char *path, char *out, size_t size)
{
    static const char gone[] = " (deleted)";
    size_t n = strlen(path), k = sizeof gone - 1;
    const char *last;

    if (n > k && !strcmp(path + n - k, gone))
        n -= k;
    last = path + n;
    while (last > path && last[-1] != '/')
        last--;
    n -= (size_t)(last - path);
    if (n >= size)
        n = size - 1;
    memcpy(out, last, n);
    out[n] = '\0';
}

static const char *image_name(const struct image *i)
{
    return i ? i->text : "";
}

static const char *image_cgroup(const struct image *i)
{
    return i ? i->text + i->cgroup : "";
}

static void row_flag(struct row *r, uint32_t flag, bool on)
{
    r->flags = on ? r->flags | flag : r->flags & ~flag;
}

void row_bare(struct procs *p, struct row *r, bool on)
{
    if (on != ((r->flags & ROW_BARE) != 0))
        p->table.bare += on ? 1u : ~0u;
    row_flag(r, ROW_BARE, on);
}

/* Ours: the roles that the agent starts are nobody's accomplices. */
void row_launcher(struct row *r)
{
    struct launcher_view v = {
        .name = image_name(r->image), .cmdline = r->image ? r->image->text + r->image->cmdline : "",
        .parent_name = image_name(r->parent), .pid = r->tgid, .session = r->session,
        .packaged = r->image && r->image->packaged, .tty = (r->flags & ROW_TTY) != 0,
    };

    row_flag(r, ROW_LAUNCHER, r->tgid == getpid() || procs_is_launcher(&v));
}

#define TICK_NS 10000000ull /* /proc tells starts in these steps (proc(5)), other sensors finer */

/* A tree is named after its root, so that the next agent finds the same number and
 * what the vault holds under it. */
static uint64_t tree_of_root(struct procs *p, const struct row *r)
{
    uint64_t h = r->start_ns ? r->start_ns / TICK_NS : ++p->nameless << 40;

    h = (h ^ (uint64_t)r->tgid << 44 ^ p->salt) * 0x9e3779b97f4a7c15ull;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93ull;
    return (h ^ h >> 29) | 1;
}

/* The one place where a process gets its tree. */
void row_place(struct procs *p, struct row *r, const struct row *parent)
{
    bool inherits = parent && (parent->flags & ROW_SCOPE) && !(parent->flags & ROW_LAUNCHER);

    r->tree = inherits ? parent->tree : tree_of_root(p, r);
    row_flag(r, ROW_ROOT, !inherits);
}

void row_scope(struct procs *p, struct row *r, bool kernel)
{
    bool in = !kernel && scope_holds(&p->scope, r->netns, image_cgroup(r->image));

    row_flag(r, ROW_SCOPE, in);
    r->looked_ms = procs_os_now_ms();
}

void row_brief(const struct row *r, struct proc_brief *out)
{
    *out = (struct proc_brief){
        .tgid = r->tgid, .start_ns = r->start_ns, .tree = r->tree, .session = r->session, .uid = r->uid,
        .in_scope = (r->flags & ROW_SCOPE) != 0, .packaged = r->image && r->image->packaged,
        .ended = r->ended_ms != 0,
    };
}

struct row *rows_living(const struct procs *p, pid_t tgid)
{
    struct row *r = table_find(&p->table, tgid);

    return r && !r->ended_ms ? r : NULL;
}

/* What a process runs before anybody has read it: the parent's program when it
 * carries the same name (fork without exec), else the name alone. */
static struct image *first_image(struct procs *p, const struct procs_os *os, const struct row *parent)
{
    struct process_facts f;

    if (parent && parent->image && !strncmp(parent->image->text, os->comm, 15) &&
        (!os->cgroup[0] || !strcmp(os->cgroup, image_cgroup(parent->image))))
        return image_hold(parent->image);
    memset(&f, 0, sizeof f);
    memcpy(f.name, os->comm, sizeof os->comm);
    memcpy(f.cgroup, os->cgroup, sizeof f.cgroup);
    return image_new(&p->table, &f);
}

/* Row for a picture from /proc; the known one when it is the same process, also
 * when the sensor has seen it end and only its zombie stands there. */
struct row *rows_insert(struct procs *p, const struct procs_os *os)
{
    struct row *r = table_find(&p->table, os->tgid), *parent;

    if (r && procs_os_same_start(r->start_ns, os->start_ns) && (!r->ended_ms || procs_os_ended(os))) {
        if (os->netns)
            r->netns = os->netns;
        if (p->scope.kind != SCOPE_HOST && !(r->flags & ROW_SCOPE))
            row_scope(p, r, os->kernel);
        return r;
    }
    r = table_add(&p->table, os->tgid, procs_os_now_ms());
    if (!r)
        return NULL;
    parent = rows_living(p, os->ppid);
    r->ppid = os->ppid;
    r->uid = os->uid;
    r->session = os->session;
    r->start_ns = os->start_ns;
    /* Who is ending has left its namespaces, before it is a zombie: it was born into its parent's. */
    r->netns = os->netns || !parent ? os->netns : parent->netns;
    r->flags = (os->tty ? ROW_TTY : 0) | ROW_GUESSED;
    r->image = first_image(p, os, parent);
    r->parent = parent ? image_hold(parent->image) : NULL;
    row_bare(p, r, true);
    row_scope(p, r, os->kernel);
    row_launcher(r);
    row_place(p, r, parent);
    return r;
}

static void inherit(struct procs *p, struct row *r, const struct procs_fork *f, const struct row *creator)
{
    r->ppid = f->parent > 0 ? f->parent : f->creator;
    r->start_ns = f->start_ns;
    r->netns = f->netns;
    if (creator) {
        r->uid = creator->uid;
        r->session = creator->session;
        r->flags = creator->flags & ROW_TTY;
        r->image = image_hold(creator->image);
        r->parent = image_hold(creator->image);
        if (!r->netns)
            r->netns = creator->netns;
        row_bare(p, r, (creator->flags & ROW_BARE) != 0);
    }
    row_scope(p, r, false);
    row_launcher(r);
    row_place(p, r, creator);
}

/* What the sensor saw of the fork decides scope and tree, not the guess from /proc. */
static void correct(struct procs *p, struct row *r, const struct procs_fork *f, const struct row *creator)
{
    bool inherits = (creator->flags & ROW_SCOPE) && !(creator->flags & ROW_LAUNCHER);

    row_flag(r, ROW_GUESSED, false);
    if (f->netns && !(r->flags & ROW_SCOPE)) {
        r->netns = f->netns;
        row_scope(p, r, false);
    }
    if (inherits ? r->tree != creator->tree : !(r->flags & ROW_ROOT))
        row_place(p, r, creator);
}

struct row *rows_fork(struct procs *p, const struct procs_fork *f)
{
    const struct row *creator = table_find(&p->table, f->creator);
    struct row *r = rows_living(p, f->child);

    if (r && procs_os_same_start(r->start_ns, f->start_ns)) {
        if ((r->flags & ROW_GUESSED) && creator && creator != r)
            correct(p, r, f, creator);
        return r;
    }
    r = table_add(&p->table, f->child, procs_os_now_ms());
    if (r)
        inherit(p, r, f, table_find(&p->table, f->creator)); /* adding may have dropped it */
    return r;
}

/* A text of an image, which was made from a field of the same size. */
static void copy(char *out, size_t room, const char *text)
{
    size_t n = strnlen(text, room - 1);

    memcpy(out, text, n);
    out[n] = '\0';
}

void row_facts(const struct row *r, struct process_facts *out)
{
    const struct image *i = r->image, *parent = r->parent;
    uint64_t now = procs_os_boot_ns();

    memset(out, 0, sizeof *out);
    out->pid = r->tgid;
    out->ppid = r->ppid;
    out->uid = r->uid;
    out->session = r->session;
    out->start_ns = r->start_ns;
    out->tree = r->tree;
    out->interactive = (r->flags & ROW_TTY) != 0;
    out->age_s = r->start_ns && now > r->start_ns ? (uint32_t)((now - r->start_ns) / 1000000000ull) : 0;
    if (i) {
        out->packaged = i->packaged;
        out->cut = i->cut;
        copy(out->name, sizeof out->name, i->text);
        copy(out->path, sizeof out->path, i->text + i->path);
        copy(out->cmdline, sizeof out->cmdline, i->text + i->cmdline);
        copy(out->cgroup, sizeof out->cgroup, i->text + i->cgroup);
    }
    if (parent) {
        copy(out->parent_name, sizeof out->parent_name, parent->text);
        copy(out->parent_path, sizeof out->parent_path, parent->text + parent->path);
    }
}

unsigned procs_wants(const struct procs *p)
{
    switch (p->scope.kind) {
    case SCOPE_NETNS: return PROCS_OS_NETNS;
    case SCOPE_CGROUP: return PROCS_OS_CGROUP;
    case SCOPE_HOST: break;
    }
    return 0;
}
