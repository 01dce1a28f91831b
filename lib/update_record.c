#include "lib/update_record.h"

#include <jansson.h>
#include <string.h>

#include "lib/err.h"
#include "lib/rfc3339.h"

static const char *const result_words[TOLD_RESULTS] = {"", "current", "available", "applied", "refused", "failed"};
static const char *const kind_words[TOLD_KINDS] = {"rules", "agent", "metadata"};
static const char *const act_words[TOLD_ACTS] = {"applied", "refused", "returned", "rolled-back", "failed"};
static const char *const ring_words[UPDATE_RINGS] = {"canary", "early", "broad"};

/* ---- values ------------------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s ? s : "";
}

/* Number of the word in `words`, -1 when it is none of them. */
static int choose(const json_t *o, const char *key, const char *const *words, int n)
{
    const char *s = text_of(o, key);

    for (int i = 0; i < n; i++)
        if (*words[i] && !strcmp(words[i], s))
            return i;
    return -1;
}

/* A word or a version: short, and nothing in it that a terminal or a page would act upon. */
static void take_word(const json_t *o, const char *key, char out[LIM_TAG])
{
    const char *s = text_of(o, key);
    size_t n = strlen(s);

    out[0] = '\0';
    if (n < LIM_TAG && s[strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_+~")] == '\0')
        memcpy(out, s, n + 1);
}

/* A text of one line, cut between two characters; a control character (also of C1, C2 80..9F) becomes blanks. */
static void take_text(const json_t *o, const char *key, char out[LIM_TITLE])
{
    const char *s = text_of(o, key);
    size_t n = strnlen(s, LIM_TITLE);

    if (n == LIM_TITLE)
        for (n--; n && ((unsigned char)s[n] & 0xc0) == 0x80;)
            n--;
    memcpy(out, s, n);
    out[n] = '\0';
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
            out[i] = ' ';
        else if ((unsigned char)out[i] == 0xc2 && (unsigned char)out[i + 1] < 0xa0)
            out[i] = out[i + 1] = ' ';
}

static int64_t take_time(const json_t *o, const char *key)
{
    int64_t seconds;

    return rfc3339_parse(text_of(o, key), &seconds) == MM_OK ? seconds : 0;
}

/* A release by its object, or by its version alone. */
static void take_release(const json_t *part, const char *key, char out[LIM_TAG])
{
    const json_t *o = json_object_get(part, key);

    if (json_is_object(o))
        take_word(o, "version", out);
    else
        take_word(part, key, out);
}

static void take_part(const json_t *root, const char *key, struct update_part *p)
{
    const json_t *o = json_object_get(root, key);

    take_word(o, "version", p->version);
    take_release(o, "before", p->before);
    take_release(o, "trial", p->trial);
    p->since = take_time(o, "since");
    p->made = take_time(o, "made");
}

/* ---- the last run -------------------------------------------------------------------- */

int update_record_read(const char *text, size_t n, struct update_record *out)
{
    json_t *o = n > LIM_UPDATE_RECORD ? NULL : json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    int result, ring;

    if (!json_is_object(o)) {
        json_decref(o);
        return n > LIM_UPDATE_RECORD ? MM_ELIMIT : MM_EFORMAT;
    }
    memset(out, 0, sizeof *out);
    out->checked = take_time(o, "checked");
    out->verified = take_time(o, "verified");
    result = choose(o, "result", result_words, TOLD_RESULTS);
    out->result = result < 0 ? TOLD_NONE : (enum told_result)result;
    ring = choose(o, "ring", ring_words, UPDATE_RINGS);
    memcpy(out->ring, ring < 0 ? "" : ring_words[ring], ring < 0 ? 1 : strlen(ring_words[ring]) + 1);
    take_word(o, "cause", out->cause);
    take_text(o, "detail", out->detail);
    take_part(o, "rules", &out->rules);
    take_part(o, "agent", &out->agent);
    json_decref(o);
    return MM_OK;
}

const char *update_result_word(enum told_result result)
{
    return (unsigned)result < TOLD_RESULTS ? result_words[result] : "";
}

int update_ring_number(const char *word)
{
    int i = 0;

    while (i < UPDATE_RINGS && strcmp(word, ring_words[i]) != 0)
        i++;
    return i < UPDATE_RINGS ? i : -1;
}

const char *update_ring_word(int ring)
{
    return ring_words[ring >= 0 && ring < UPDATE_RINGS ? ring : UPDATE_RINGS - 1];
}

bool update_ring(const char *word)
{
    return update_ring_number(word) >= 0;
}

bool update_cause_attack(const char *cause)
{
    static const char *const causes[] = {"arbitrary-software", "key-compromise", "rollback", "role-removed", "fast-forward", "freeze",
                                         "mix-and-match", "wrong-software", "endless-data", "bad-root"};

    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (!strcmp(cause, causes[i]))
            return true;
    return false;
}

bool update_looks_attacked(const struct update_record *r)
{
    return (r->result == TOLD_REFUSED || r->result == TOLD_FAILED) && update_cause_attack(r->cause);
}

/* ---- the history ------------------------------------------------------------------------ */

int update_entry_read(const char *line, size_t n, struct update_entry *out)
{
    json_t *o = n > LIM_UPDATE_RECORD ? NULL : json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
    json_int_t sequence = json_integer_value(json_object_get(o, "sequence"));
    int kind = choose(o, "kind", kind_words, TOLD_KINDS), act = choose(o, "act", act_words, TOLD_ACTS);

    if (!json_is_object(o) || sequence <= 0 || kind < 0 || act < 0) {
        json_decref(o);
        return MM_EFORMAT;
    }
    memset(out, 0, sizeof *out);
    out->sequence = (uint64_t)sequence;
    out->kind = (enum told_kind)kind;
    out->act = (enum told_act)act;
    out->time = take_time(o, "time");
    take_word(o, "from", out->from);
    take_word(o, "to", out->to);
    take_word(o, "cause", out->cause);
    take_text(o, "detail", out->detail);
    take_text(o, "by", out->by);
    json_decref(o);
    return MM_OK;
}
