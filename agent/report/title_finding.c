/* What is told of a door: which one and why, how bad it is, what to do, whom to
 * call.  Texts of the finding may come from outside and need not end: every
 * one is copied with a bound before it becomes an argument. */
#include <stdio.h>
#include <string.h>

#include "agent/report/finding.h"
#include "agent/report/title.h"
#include "lib/err.h"

#define COPY(out, field) snprintf((out), sizeof(out), "%.*s", (int)sizeof(field) - 1, (field))
#define WHAT (3 * LIM_TITLE + LIM_VERSION) /* "name (product version)" */

static const char *suffix_of(uint32_t activity)
{
    return activity == ACT_CREATE ? "create" : activity == ACT_UPDATE ? "update" : activity == ACT_CLOSE ? "close" : NULL;
}

/* "name (product version)" as far as they are known and differ. */
static void name_of(const struct event_finding *f, enum text_lang lang, char out[WHAT])
{
    char name[LIM_DOOR_ID], product[LIM_TITLE], version[LIM_VERSION], more[LIM_TITLE + LIM_VERSION + 1];
    const char *args[2] = {name, more};
    struct buf line;

    COPY(name, f->name);
    if (!name[0])
        COPY(name, f->door);
    COPY(product, f->product_name);
    COPY(version, f->version);
    if (!strcmp(name, product))
        product[0] = '\0';
    snprintf(more, sizeof more, "%s%s%s", product, product[0] && version[0] ? " " : "", version);
    snprintf(out, WHAT, "%s", name);
    if (!more[0])
        return;
    buf_init(&line, WHAT - 1);
    if (text_format_in(&line, "did.door.name", lang, args, 2) == MM_OK && line.data)
        snprintf(out, WHAT, "%s", line.data);
    buf_fini(&line);
}

/* The next sentence, after a blank where the language wants one. */
static int say(struct buf *out, const char *key, enum text_lang lang, const char *arg)
{
    int rc = lang == TEXT_EN && out->len ? buf_adds(out, " ") : MM_OK;

    return rc ? rc : text_format_in(out, key, lang, &arg, 1);
}

static int stands_open(const struct event_finding *f)
{
    return !strncmp(f->door, "listener:", 9) || !strncmp(f->door, "ssh:", 4);
}

static int what_to_do(struct buf *out, const struct event_finding *f, enum text_lang lang)
{
    char verdict[LIM_TAG], due[LIM_TAG], key[LIM_TAG + 16];
    int rc = MM_OK;

    COPY(verdict, f->verdict);
    COPY(due, f->due);
    /* what stands open and is covered by a mitigation wants no update */
    snprintf(key, sizeof key, "did.door.do.%s", !strcmp(verdict, "minor") && stands_open(f) ? "accepted" : verdict);
    if (!strcmp(verdict, "due") && due[0])
        rc = say(out, "did.door.do.due.day", lang, due);
    else if (text_known(key))
        rc = say(out, key, lang, "");
    return rc ? rc : say(out, "did.door.call", lang, "");
}

static int door_add(struct buf *out, const struct event *e, const struct event_finding *f, enum text_lang lang)
{
    char key[40], name[WHAT], reason[2 * LIM_TITLE + 4];
    const char *args[2] = {name, reason}, *stop = lang == TEXT_JA ? "。" : ".", *end;
    int rc;

    snprintf(key, sizeof key, "did.vulnerability.%s.what", suffix_of(e->activity));
    name_of(f, lang, name);
    if (lang == TEXT_JA)
        COPY(reason, f->reason_ja);
    else
        COPY(reason, f->reason_en);
    end = strlen(reason) >= strlen(stop) ? reason + strlen(reason) - strlen(stop) : "";
    if (reason[0] && strcmp(end, stop))
        snprintf(reason + strlen(reason), sizeof reason - strlen(reason), "%s", stop);
    rc = text_format_in(out, key, lang, args, 2);
    if (rc || e->activity == ACT_CLOSE)
        return rc;
    if (finding_exploited(f))
        rc = say(out, "did.door.exploited", lang, "");
    return rc ? rc : what_to_do(out, f, lang);
}

static int program_add(struct buf *out, const struct event *e, const struct event_finding *f, enum text_lang lang)
{
    char key[40], name[LIM_TITLE], version[LIM_VERSION], before[LIM_VERSION];
    const char *args[3] = {name, version, before}, *unknown = text_in("who.unknown", lang);

    snprintf(key, sizeof key, "did.inventory.%s.what", suffix_of(e->activity));
    COPY(name, f->product_name);
    if (!name[0])
        COPY(name, f->name);
    if (!name[0])
        return MM_OK;
    COPY(version, f->version);
    COPY(before, f->old_version);
    if (!version[0])
        args[1] = unknown;
    if (!before[0])
        args[2] = unknown;
    return text_format_in(out, key, lang, args, 3);
}

int title_finding_add(struct buf *out, const struct event *e, const struct event_finding *f, enum text_lang lang)
{
    if (!suffix_of(e->activity) || (!title_of_rule(e) && (e->title_ja[0] || e->title_en[0])))
        return MM_OK;
    if (e->kind == EV_VULNERABILITY && (f->name[0] || f->door[0]))
        return door_add(out, e, f, lang);
    return e->kind == EV_INVENTORY ? program_add(out, e, f, lang) : MM_OK;
}
