#include "lib/look.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/unicode.h"

#define LATEST 253402300799  /* the last second of the year 9999 */
#define LONGEST_MS 600000

static const char *const words[LOOK_STAGES] = {
    [LOOK_GOOD] = "good", [LOOK_NAME] = "name", [LOOK_NO_ROUTE] = "no_route", [LOOK_REFUSED] = "refused", [LOOK_SILENT] = "silent", [LOOK_NO_TLS] = "no_tls",
    [LOOK_OTHER_CA] = "other_ca", [LOOK_CERTIFICATE] = "certificate", [LOOK_PROXY] = "proxy", [LOOK_FAILED] = "failed",
};

const char *look_word(enum look_stage stage)
{
    return words[(unsigned)stage < LOOK_STAGES ? stage : LOOK_FAILED];
}

int look_write(const struct look *l, struct buf *out)
{
    json_t *o = json_pack("{s:s, s:b, s:I, s:i, s:s}", "stage", look_word(l->stage), "out_of_time", l->out_of_time, "date", (json_int_t)l->date, "ms", l->ms,
                          "issuer", l->issuer);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    int rc = text ? buf_addf(out, "%s\n", text) : MM_ENOMEM;

    free(text);
    json_decref(o);
    return rc;
}

static bool stage_of(const char *word, enum look_stage *out)
{
    for (unsigned i = 0; i < LOOK_STAGES; i++)
        if (!strcmp(words[i], word)) {
            *out = (enum look_stage)i;
            return true;
        }
    return false;
}

static bool plain(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return uni_valid(text, n);
}

static int take(json_t *o, struct look *out)
{
    struct look l = {.stage = LOOK_FAILED};
    const char *stage, *issuer;
    json_int_t date, ms;
    size_t n;
    int late;

    if (json_unpack(o, "{s:s, s:b, s:I, s:I, s:s%!}", "stage", &stage, "out_of_time", &late, "date", &date, "ms", &ms, "issuer", &issuer, &n))
        return MM_EFORMAT;
    if (!stage_of(stage, &l.stage) || date < 0 || date > LATEST || ms < 0 || ms > LONGEST_MS || n >= sizeof l.issuer || !plain(issuer, n))
        return MM_EFORMAT;
    l.out_of_time = late != 0;
    l.date = date;
    l.ms = (int)ms;
    memcpy(l.issuer, issuer, n);
    *out = l;
    return MM_OK;
}

int look_read(const char *line, size_t n, struct look *out)
{
    json_t *o;
    int rc;

    if (!n || n > LOOK_LINE || line[n - 1] != '\n')
        return MM_EFORMAT;
    o = json_loadb(line, n - 1, JSON_REJECT_DUPLICATES, NULL);
    rc = json_is_object(o) ? take(o, out) : MM_EFORMAT;
    json_decref(o);
    return rc;
}
