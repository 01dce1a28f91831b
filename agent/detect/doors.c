/* The register's memory: doors are kept in one array, ids are looked up in it
 * (a company has a few dozen).  The verdict of a door is door_judge.c. */
#include "agent/detect/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"

void doors_init(struct doors *d)
{
    memset(d, 0, sizeof *d);
}

void doors_fini(struct doors *d)
{
    for (unsigned i = 0; i < d->count; i++)
        free(d->door[i].advisory);
    free(d->door);
    free(d->candidate);
    free(d->software);
    doors_init(d);
}

struct door *doors_find(const struct doors *d, const char *id)
{
    for (unsigned i = 0; i < d->count; i++)
        if (!strcmp(d->door[i].id, id))
            return &d->door[i];
    return NULL;
}

struct door *doors_add(struct doors *d, const char *id, enum door_kind kind, const char *name)
{
    struct door *door = doors_find(d, id), *more;

    if (door)
        return door;
    more = d->count < LIM_DOORS && strlen(id) < sizeof door->id ? realloc(d->door, (d->count + 1) * sizeof *more) : NULL;
    if (!more) {
        d->lost++;
        return NULL;
    }
    d->door = more;
    door = &more[d->count++];
    memset(door, 0, sizeof *door);
    snprintf(door->id, sizeof door->id, "%s", id);
    snprintf(door->name, sizeof door->name, "%s", name);
    door->kind = kind;
    return door;
}

void doors_remove(struct doors *d, struct door *door)
{
    size_t at = (size_t)(door - d->door);

    free(door->advisory);
    memmove(door, door + 1, (d->count - at - 1) * sizeof *door);
    d->count--;
}

void door_forget_advisories(struct door *door)
{
    free(door->advisory);
    door->advisory = NULL;
    door->advisories = door->advisories_total = 0;
    door->judged = JUDGED_NOT;
}

/* ---- whose answer it is --------------------------------------------------------------------- */

bool door_recognise(struct door *door, const struct door *before, const char *key, bool proved, int64_t now)
{
    snprintf(door->seen_key, sizeof door->seen_key, "%s", key);
    if (!door->key[0] && before) {
        memcpy(door->key, before->key, sizeof door->key);
        door->key_at = before->key_at;
    }
    if (!strcmp(door->key, key))
        return true;
    if (door->key[0] && !proved)
        return false;
    snprintf(door->key, sizeof door->key, "%s", key);
    door->key_at = now;
    return true;
}

void door_disown(struct door *door)
{
    memset(door->product, 0, sizeof door->product);
    memset(door->product_name, 0, sizeof door->product_name);
    memset(door->model, 0, sizeof door->model);
    memset(door->version, 0, sizeof door->version);
    memset(door->over, 0, sizeof door->over);
    door->version_from = VERSION_NONE;
    door->proven = door->version_proven = false;
    door->identity_at = 0;
    door_forget_advisories(door);
}

/* ---- from one round to the next ------------------------------------------------------------ */

/* Do both stand for the same product, model and version? */
static bool same_version(const struct door *a, const struct door *b)
{
    char product[2][LIM_TAG], version[2][LIM_TAG], model[2][LIM_NAME];
    enum door_source source;

    return door_version(a, product[0], version[0], model[0], &source) && door_version(b, product[1], version[1], model[1], &source) &&
           !strcmp(product[0], product[1]) && !strcmp(version[0], version[1]) && !strcmp(model[0], model[1]);
}

/* What the judge said of it, as far as it was not asked anew. */
static void take_advisories(struct door *to, const struct door *from)
{
    struct vpn_advisory *copy;

    if (to->judged || !from->judged || !same_version(to, from))
        return;
    copy = from->advisories ? malloc(from->advisories * sizeof *copy) : NULL;
    if (from->advisories && !copy)
        return;
    if (copy)
        memcpy(copy, from->advisory, from->advisories * sizeof *copy);
    free(to->advisory);
    to->advisory = copy;
    to->advisories = from->advisories;
    to->advisories_total = from->advisories_total;
    to->judged = from->judged;
    to->judged_at = from->judged_at;
}

/* A statement made meanwhile: what was asked for another version does not count. */
static void take_statement(struct door *to, const struct door *from)
{
    struct door before = *to;

    to->stated = from->stated;
    if (to->judged && !same_version(&before, to))
        door_forget_advisories(to);
}

/* The whole door, with its advisories. */
static void take_door(struct doors *d, const struct door *from)
{
    struct door *to = doors_add(d, from->id, from->kind, from->name);

    if (!to)
        return;
    *to = *from;
    to->advisory = NULL;
    door_forget_advisories(to);
    take_advisories(to, from);
}

/* The last that a gateway told of itself, with the time when it did. */
static void take_identity(struct door *to, const struct door *from)
{
    if (!to->key[0] || from->key_at >= to->key_at) { /* also one that a person stated while the round was under way */
        memcpy(to->key, from->key, sizeof to->key);
        to->key_at = from->key_at;
    }
    if (!to->seen_key[0] && to->answer != ANSWER_STRANGER)
        memcpy(to->seen_key, from->seen_key, sizeof to->seen_key);
    if (to->answer == ANSWER_GIVEN || to->answer == ANSWER_INVALID || to->product[0] || !from->product[0])
        return;
    memcpy(to->product, from->product, sizeof to->product);
    memcpy(to->product_name, from->product_name, sizeof to->product_name);
    memcpy(to->model, from->model, sizeof to->model);
    memcpy(to->version, from->version, sizeof to->version);
    to->version_from = from->version_from;
    to->identity_at = from->identity_at ? from->identity_at : from->checked_at;
    if (to->answer != ANSWER_STRANGER) /* who met a stranger has looked */
        to->checked_at = from->checked_at;
}

void doors_carry(struct doors *d, const struct doors *before)
{
    for (unsigned i = 0; i < before->count; i++) {
        const struct door *old = &before->door[i];
        struct door *door = doors_find(d, old->id);

        bool mapping = old->mapped_port && !d->upnp; /* no router answered this time: that closes nothing */

        if (!door && old->kind != DOOR_GATEWAY && (d->survey_failed || d->incomplete || (mapping && !strncmp(old->id, "listener:upnp:", 14)))) {
            take_door(d, old);
            continue;
        }
        if (!door)
            continue;
        if (mapping && !door->mapped_port) {
            door->mapped_port = old->mapped_port;
            memcpy(door->mapped_to, old->mapped_to, sizeof door->mapped_to);
        }
        take_statement(door, old);
        door->mitigation = old->mitigation;
        if (door->kind == DOOR_GATEWAY)
            take_identity(door, old);
        take_advisories(door, old);
    }
}

void doors_copy(struct doors *to, const struct doors *from)
{
    for (unsigned i = 0; i < from->count; i++) {
        struct door *d = doors_add(to, from->door[i].id, from->door[i].kind, from->door[i].name);

        if (!d)
            continue;
        *d = from->door[i];
        d->advisory = NULL;
        door_forget_advisories(d);
    }
    to->checked_at = from->checked_at;
    to->survey_failed = from->survey_failed;
    to->probe_failed = from->probe_failed;
    to->incomplete = from->incomplete;
}

void doors_judge(struct doors *d, const struct doors *before, int64_t now)
{
    for (unsigned i = 0; i < d->count; i++) {
        struct door *door = &d->door[i];
        const struct door *old = before ? doors_find(before, door->id) : NULL;
        enum door_verdict was = old ? old->verdict : VERDICT_COUNT;
        int64_t since = old ? old->since : 0;

        door->found_at = old ? old->found_at : 0;
        door->security_since = old ? old->security_since : 0;
        if (door->package != PACKAGE_BEHIND || !door->security)
            door->security_since = 0;
        else if (!door->security_since || door->security_since > now)
            door->security_since = now;
        door->stranger_since = old ? old->stranger_since : 0;
        if (door->answer == ANSWER_GIVEN || door->answer == ANSWER_INVALID)
            door->stranger_since = 0;
        else if (door->answer == ANSWER_STRANGER && (!door->stranger_since || door->stranger_since > now))
            door->stranger_since = now;
        if (old && old != door)
            memcpy(door->told, old->told, sizeof door->told);
        door_judge(door, now);
        door->since = was == door->verdict && since ? since : now;
        if (!door_finding(door))
            door->found_at = 0;
        else if (!door->found_at || door->found_at > now)
            door->found_at = now;
    }
}

void door_told(const struct door *door, char out[LIM_NAME])
{
    bool how = door->verdict == VERDICT_EXPOSED || !strcmp(door->reason, "door.stranger"); /* it matters as much as that it is so */
    char product[LIM_TAG], version[LIM_TAG], model[LIM_NAME];
    enum door_source from;

    (void)door_version(door, product, version, model, &from);
    snprintf(out, LIM_NAME, "%s%.31s|%.31s|%.31s|%.31s|%u|%lld|%.31s", door_verdict_word(door->verdict), how ? door->reason : "", product, version, door->candidate,
             door->advisories_total, (long long)door->due, door->mitigation.what);
}

/* Rank of a verdict in the whole: 0 fine, 1 look at it, 2 not known, 3 stands open. */
static int weight(const struct door *door)
{
    switch (door->verdict) {
    case VERDICT_OK:
    case VERDICT_MINOR: return 0;
    case VERDICT_DUE: return 1;
    case VERDICT_UNKNOWN:
    case VERDICT_SILENT: return 2;
    case VERDICT_OVERDUE:
    case VERDICT_EXPOSED:
    case VERDICT_INVALID: return 3;
    case VERDICT_COUNT: break;
    }
    return 2;
}

const char *doors_overall(const struct doors *d)
{
    static const char *const WORDS[] = {"closed", "attention", "unknown", "open"};
    int worst = d->checked_at && !d->survey_failed && !d->probe_failed && !d->judge_failed && !d->incomplete ? 0 : 2;

    for (unsigned i = 0; i < d->count; i++)
        if (weight(&d->door[i]) > worst)
            worst = weight(&d->door[i]);
    return WORDS[worst];
}

/* ---- words -------------------------------------------------------------------------- */

const char *door_kind_word(enum door_kind kind)
{
    static const char *const WORDS[DOOR_KINDS] = {"gateway", "program", "listener", "ssh"};

    return kind < DOOR_KINDS ? WORDS[kind] : "unknown";
}

const char *door_verdict_word(enum door_verdict verdict)
{
    static const char *const WORDS[VERDICT_COUNT] = {"ok", "minor", "due", "overdue", "unknown", "exposed", "invalid", "silent"};

    return verdict < VERDICT_COUNT ? WORDS[verdict] : "unknown";
}

const char *door_colour_word(enum door_colour colour)
{
    static const char *const WORDS[COLOUR_COUNT] = {"green", "yellow", "orange", "red", "grey"};

    return colour < COLOUR_COUNT ? WORDS[colour] : "grey";
}

const char *door_source_word(enum door_source from)
{
    static const char *const WORDS[VERSION_SOURCES] = {"none", "answer", "table", "person", "package", "file"};

    return from < VERSION_SOURCES ? WORDS[from] : "none";
}
