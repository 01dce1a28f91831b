#include "installer/plan.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/durable.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/tree.h"
#include "lib/text.h"

#define PENDING_BYTES 4096
#define WAS "was "           /* first line: what the link showed */
#define EXISTING "existing"
#define ROOTED "rooted"      /* the first root of updates was there */
#define STEPS SETUP_ROOT "/" SETUP_PENDING "/steps"

/* Names of steps, one a line, in the order in which they were begun. */
static bool is_pending(const struct buf *pending, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = pending->data ? pending->data : ""; *p; p += strcspn(p, "\n") + (p[strcspn(p, "\n")] == '\n'))
        if (!strncmp(p, name, n) && p[n] == '\n')
            return true;
    return false;
}

static int note(struct buf *pending, const char *name)
{
    int rc = buf_addf(pending, "%s\n", name);

    if (!rc)
        rc = durable_mkdir(SETUP_ROOT, 0755);
    if (!rc)
        rc = durable_mkdir(SETUP_ROOT "/" SETUP_PENDING, 0700);
    return rc ? rc : durable_write(STEPS, pending->data, pending->len, 0600);
}

/* Before the first step: what a way back must not take away.  Written down with the steps, for a run that goes on with ours. */
static int note_before(struct setup *s, struct buf *pending)
{
    ssize_t n = readlink(SETUP_CURRENT, s->was, sizeof s->was - 1);
    int rc;

    s->was[n > 0 ? n : 0] = '\0';
    s->existing = setup_is_there(SETUP_CONFIG) || setup_is_there(SETUP_STATE);
    s->had_root = setup_is_there(SETUP_FIRST_ROOT);
    rc = buf_addf(pending, WAS "%s\n", s->was);
    if (!rc && s->existing)
        rc = buf_adds(pending, EXISTING "\n");
    return rc || !s->had_root ? rc : buf_adds(pending, ROOTED "\n");
}

static void read_before(struct setup *s, const struct buf *pending)
{
    s->existing = is_pending(pending, EXISTING);
    s->had_root = is_pending(pending, ROOTED);
    if (!strncmp(pending->data, WAS, sizeof WAS - 1))
        snprintf(s->was, sizeof s->was, "%.*s", (int)strcspn(pending->data + sizeof WAS - 1, "\n"), pending->data + sizeof WAS - 1);
}

/* Of an agent that was there before only what runs at the next start, and what it had, is put back. */
static void take_back(struct setup *s, const struct step *steps, const struct buf *pending)
{
    size_t n = 0;

    if (s->existing && s->was[0] && durable_link(s->was, SETUP_CURRENT))
        log_warn("%s: %s", text("setup.not_undone"), SETUP_CURRENT);
    while (steps[n].name)
        n++;
    while (n-- > 0) {
        const struct step *p = &steps[n];

        if (is_pending(pending, p->name) && p->undo && (!s->existing || p->puts_back) && p->undo(s))
            log_warn("%s: %s", text("setup.not_undone"), p->name);
    }
    (void)tree_remove(SETUP_ROOT, SETUP_PENDING);
    if (!s->existing)
        (void)rmdir(SETUP_ROOT); /* when nothing is in it */
}

int plan_apply(struct setup *s, const struct step *steps, const struct step **failed)
{
    char why[LIM_TITLE];
    struct buf pending;
    int rc = MM_OK;

    buf_init(&pending, PENDING_BYTES);
    (void)durable_read(STEPS, &pending);
    if (pending.len)
        read_before(s, &pending);
    else
        rc = note_before(s, &pending);
    s->existing |= setup_is_there(SETUP_STATE "/core/enrolled.json") || setup_is_there(SETUP_STATE "/guard/quarantine.json");
    for (const struct step *p = steps; p->name && !rc; p++) {
        if (p->done(s))
            continue;
        if (!is_pending(&pending, p->name))
            rc = note(&pending, p->name);
        if (!rc)
            rc = p->apply(s);
        *failed = p;
    }
    if (rc) {
        memcpy(why, s->why, sizeof why); /* of the step, not of its undoing */
        take_back(s, steps, &pending);
        memcpy(s->why, why, sizeof why);
    } else {
        rc = tree_remove(SETUP_ROOT, SETUP_PENDING); /* with what a killed run left of writing it */
    }
    buf_fini(&pending);
    return rc;
}

int plan_undo(struct setup *s, const struct step *steps)
{
    int rc = MM_OK, one;
    size_t n = 0;

    while (steps[n].name)
        n++;
    while (n-- > 0) {
        one = steps[n].undo ? steps[n].undo(s) : MM_OK;
        if (one)
            log_warn("%s: %s: %s", text("setup.not_undone"), steps[n].name, s->why);
        rc = one ? one : rc;
        if (one && !strcmp(steps[n].name, "service"))
            return rc; /* nothing is taken away from below a guard that runs */
    }
    (void)tree_remove(SETUP_ROOT, SETUP_PENDING);
    (void)rmdir(SETUP_ROOT); /* when nothing is in it */
    return rc;
}

void plan_show(struct setup *s, const struct step *steps)
{
    char key[64];

    for (const struct step *p = steps; p->name; p++) {
        if (p->wanted && !p->wanted(s))
            continue;
        snprintf(key, sizeof key, "setup.step.%.40s", p->name);
        printf("  %s %s\n", p->done(s) ? text("setup.plan.done") : text("setup.plan.todo"), text(key));
    }
}
