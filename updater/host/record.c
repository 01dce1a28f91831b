#include "updater/host/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/durable.h"
#include "lib/err.h"
#include "lib/os/tree.h"

#define STATUS "status.json"
#define HISTORY "history"
#define HISTORY_BYTES (LIM_UPDATE_HISTORY * 2048)

static const char *const members[] = {"version", "folder", "artifact", "content", "since", "schema"};
static const char *const roles[] = {[RELEASE_BEFORE] = "before", [RELEASE_TRIAL] = "trial"};

static void put(json_t *o, const char *key, json_t *value)
{
    (void)json_object_set_new(o, key, value); /* out of memory: the member is missing, and is written down at the next run */
}

/* ---- the file ------------------------------------------------------------------------------------ */

int record_open(struct record *r, const struct places *places, bool *lost)
{
    char path[LIM_PATH];
    struct buf b;
    int rc = places_file(places, STATUS, path);

    *r = (struct record){.places = places};
    if (rc)
        return rc;
    buf_init(&b, LIM_UPDATE_RECORD);
    rc = durable_read(path, &b);
    if (!rc)
        r->root = json_loadb(b.data ? b.data : "", b.len, JSON_REJECT_DUPLICATES, NULL);
    *lost = rc != MM_ENOTFOUND && !json_is_object(r->root);
    buf_fini(&b);
    if (!json_is_object(r->root)) {
        json_decref(r->root);
        r->root = json_object();
    }
    return r->root ? MM_OK : MM_ENOMEM;
}

void record_close(struct record *r)
{
    json_decref(r->root);
    r->root = NULL;
}

int record_save(const struct record *r)
{
    char path[LIM_PATH], *text = json_dumps(r->root, JSON_INDENT(1) | JSON_SORT_KEYS);
    int rc = text ? places_file(r->places, STATUS, path) : MM_ENOMEM;

    if (!rc && strlen(text) > LIM_UPDATE_RECORD)
        rc = MM_ELIMIT;
    if (!rc)
        rc = durable_write(path, text, strlen(text), 0644);
    free(text);
    return rc;
}

/* ---- its members ------------------------------------------------------------------------------------ */

static json_t *part_of(const struct record *r, const char *key)
{
    json_t *part = json_object_get(r->root, key);

    if (!json_is_object(part)) {
        put(r->root, key, json_object());
        part = json_object_get(r->root, key);
    }
    return part;
}

static void copy_text(const json_t *o, const char *key, char *out, size_t n)
{
    const char *text = json_string_value(json_object_get(o, key));

    snprintf(out, n, "%s", text ? text : "");
}

static json_t *release_at(const struct record *r, enum update_kind kind, enum release_role role)
{
    json_t *now = part_of(r, places_kind(kind));

    return role == RELEASE_NOW ? now : json_object_get(now, roles[role]);
}

void record_get(const struct record *r, enum update_kind kind, enum release_role role, struct release *out)
{
    const json_t *o = release_at(r, kind, role);

    memset(out, 0, sizeof *out);
    copy_text(o, "version", out->version, sizeof out->version);
    copy_text(o, "folder", out->folder, sizeof out->folder);
    copy_text(o, "artifact", out->artifact, sizeof out->artifact);
    copy_text(o, "content", out->content, sizeof out->content);
    copy_text(o, "since", out->since, sizeof out->since);
    out->schema = json_integer_value(json_object_get(o, "schema"));
    if (!tree_path_sound(out->folder) || strchr(out->folder, '/'))
        memset(out, 0, sizeof *out); /* a folder's name that is none of ours */
}

void record_set(struct record *r, enum update_kind kind, enum release_role role, const struct release *release)
{
    json_t *now = part_of(r, places_kind(kind));
    json_t *o = release ? json_pack("{s:s,s:s,s:s,s:s,s:s,s:I}", "version", release->version, "folder", release->folder, "artifact",
                                    release->artifact, "content", release->content, "since", release->since, "schema",
                                    (json_int_t)release->schema)
                        : NULL;

    if (role != RELEASE_NOW) {
        (void)json_object_del(now, roles[role]);
        if (o)
            put(now, roles[role], o);
        return;
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        (void)json_object_del(now, members[i]);
    (void)json_object_update(now, o);
    json_decref(o);
}

const char *record_text(const struct record *r, const char *key)
{
    const char *text = json_string_value(json_object_get(r->root, key));

    return text ? text : "";
}

/* Printable ASCII of a text: what is cut within a character, or is none, would be no JSON. */
static json_t *plain(const char *value)
{
    char out[LIM_TUF_PATH];
    size_t n = 0;

    for (; value[n] && n + 1 < sizeof out; n++)
        out[n] = value[n] >= ' ' && value[n] < 0x7f ? value[n] : '?';
    out[n] = '\0';
    return json_string(out);
}

void record_set_text(struct record *r, const char *key, const char *value)
{
    put(r->root, key, plain(value));
}

void record_set_number(struct record *r, const char *key, int64_t value)
{
    put(r->root, key, json_integer(value));
}

int64_t record_number_in(const struct record *r, const char *part, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(r->root, part), key));
}

void record_set_number_in(struct record *r, const char *part, const char *key, int64_t value)
{
    put(part_of(r, part), key, json_integer(value));
}

void record_set_text_in(struct record *r, const char *part, const char *key, const char *value)
{
    put(part_of(r, part), key, plain(value));
}

void record_refuse(struct record *r, const char *content)
{
    json_t *list = json_object_get(r->root, "refused");

    if (!content[0])
        return;
    if (!json_is_array(list)) {
        put(r->root, "refused", json_array());
        list = json_object_get(r->root, "refused");
    }
    while (json_array_size(list) >= LIM_UPDATE_REFUSED)
        (void)json_array_remove(list, 0);
    (void)json_array_append_new(list, json_string(content));
}

int64_t record_tries(struct record *r, const char *content, int add)
{
    json_t *part = part_of(r, "tries");
    int64_t n = json_integer_value(json_object_get(part, content)) + add;

    if (add && content[0]) {
        if (json_object_size(part) > LIM_UPDATE_REFUSED)
            (void)json_object_clear(part);
        put(part, content, json_integer(n));
    }
    return n;
}

void record_forget_tries(struct record *r, const char *content)
{
    (void)json_object_del(part_of(r, "tries"), content);
}

unsigned record_refused(const struct record *r, char out[LIM_UPDATE_REFUSED][65])
{
    const json_t *list = json_object_get(r->root, "refused");
    unsigned n = 0;

    for (size_t i = 0; i < json_array_size(list) && n < LIM_UPDATE_REFUSED; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text)
            snprintf(out[n++], 65, "%s", text);
    }
    return n;
}

/* ---- history ------------------------------------------------------------------------------------------ */

json_t *record_history(const struct places *places)
{
    json_t *list = json_array();
    char path[LIM_PATH], *line, *next;
    struct buf b;

    buf_init(&b, HISTORY_BYTES);
    if (places_file(places, HISTORY, path) == MM_OK && durable_read(path, &b) == MM_OK && !buf_add(&b, "", 1))
        for (line = b.data; line && *line; line = next) {
            json_t *one;

            next = strchr(line, '\n');
            if (next)
                *next++ = '\0';
            one = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            if (json_is_object(one))
                (void)json_array_append(list, one);
            json_decref(one);
        }
    buf_fini(&b);
    return list;
}

static int write_history(const struct record *r, json_t *list)
{
    char path[LIM_PATH];
    struct buf b;
    int rc = places_file(r->places, HISTORY, path);

    while (json_array_size(list) > LIM_UPDATE_HISTORY)
        (void)json_array_remove(list, 0);
    buf_init(&b, HISTORY_BYTES);
    for (size_t i = 0; i < json_array_size(list) && !rc; i++) {
        char *line = json_dumps(json_array_get(list, i), JSON_COMPACT);

        rc = line ? buf_adds(&b, line) : MM_ENOMEM;
        if (!rc)
            rc = buf_adds(&b, "\n");
        free(line);
    }
    if (!rc)
        rc = durable_write(path, b.data, b.len, 0644);
    buf_fini(&b);
    return rc;
}

int record_tell(const struct record *r, const struct happening *h)
{
    json_t *list = record_history(r->places), *last, *one;
    char now[RFC3339_TEXT];
    int rc;

    rfc3339_format((int64_t)time(NULL), now);
    last = json_array_get(list, json_array_size(list) - 1);
    one = json_pack("{s:I,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "sequence", json_integer_value(json_object_get(last, "sequence")) + 1, "time", now,
                    "kind", h->kind, "act", h->act, "from", h->from, "to", h->to, "cause", h->cause, "detail", "", "by", h->by);
    put(one, "detail", plain(h->detail));
    rc = one && json_array_append_new(list, one) == 0 ? write_history(r, list) : MM_ENOMEM;
    json_decref(list);
    return rc;
}
