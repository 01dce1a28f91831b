/* A statement has one of three forms: a version, a mitigation, a day; what belongs
 * to another form is an error, so that nobody believes to have recorded it.
 * Ownership: borrows the request, fills the caller's struct. */
#include "agent/control/verbs_declare.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/control/verbs_args.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define DAY_TEXT 10              /* "2026-11-01" */
#define EAST_S (14 * 3600)       /* the day begins there so much before UTC: today is never "in the future" */

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const char *const doors_with_version[] = {"gateway:", "program:", NULL};
static const char *const doors[] = {"gateway:", "program:", "listener:", "ssh:", NULL};
static const char *const dated[] = {"posture:restore_test", "posture:threats", NULL};
static const char *const mitigations[] = {"disabled", "workaround", "separated", "monitored", NULL};

static bool is_one_of(const char *text, const char *const *list)
{
    while (*list && strcmp(*list, text))
        list++;
    return *list != NULL;
}

/* "gateway:" and something behind it, printable ASCII without a space at the end. */
static bool names_door(const char *id, const char *const *kinds)
{
    size_t n = strlen(id);

    for (const char *p = id; *p; p++)
        if (*p < 0x20 || *p > 0x7e)
            return false;
    while (*kinds && strncmp(*kinds, id, strlen(*kinds)))
        kinds++;
    return *kinds && n > strlen(*kinds) && id[strlen(*kinds)] != ' ' && id[n - 1] != ' ';
}

/* As makers write them: "9.16(4)57", "10.2.9-h1", "V5.37(ABPS.0)". */
static bool is_version(const char *v)
{
    size_t n = strlen(v);

    return n && strspn(v, LETTERS CAPITALS DIGITS) && v[n - 1] != ' ' && strpbrk(v, DIGITS) &&
           !v[strspn(v, LETTERS CAPITALS DIGITS " ._-+~:/()")];
}

static bool is_past_day(const char *day, int64_t now)
{
    char instant[RFC3339_TEXT];
    int64_t begin;

    if (strlen(day) != DAY_TEXT)
        return false;
    snprintf(instant, sizeof instant, "%.*sT00:00:00Z", DAY_TEXT, day);
    return rfc3339_parse(instant, &begin) == MM_OK && begin <= now + EAST_S;
}

static const char *wrong_version(const struct control_statement *s)
{
    if (!names_door(s->id, doors_with_version))
        return "a version belongs to an id gateway:... or program:...";
    if (!is_version(s->version))
        return "this does not look like a version";
    if (s->product[strspn(s->product, LETTERS DIGITS "-")])
        return "product: lower-case letters, digits and '-', as in the rules";
    return s->reason[0] ? "a reason belongs to a mitigation" : NULL;
}

static const char *wrong_mitigation(const struct control_statement *s)
{
    if (!names_door(s->id, doors))
        return "a mitigation belongs to an id gateway:..., program:..., listener:... or ssh:...";
    if (!is_one_of(s->mitigation, mitigations))
        return "mitigation is one of disabled, workaround, separated, monitored";
    if (!s->reason[0])
        return "a mitigation needs a reason: what was done, how";
    return s->product[0] || s->model[0] ? "product and model belong to a version" : NULL;
}

static const char *wrong_date(const struct control_statement *s, int64_t now)
{
    if (!is_one_of(s->id, dated))
        return "a date belongs to posture:restore_test or posture:threats";
    if (!is_past_day(s->date, now))
        return "date is a day like 2026-11-01, not in the future";
    return s->product[0] || s->model[0] || s->reason[0] ? "product, model and reason do not belong to a date" : NULL;
}

/* Why this is no statement; NULL: it is one. */
static const char *what_is_wrong(const struct control_statement *s, int64_t now)
{
    int forms = (s->version[0] != 0) + (s->mitigation[0] != 0) + (s->date[0] != 0);

    if (!s->id[0])
        return "declare needs an id, as `mimamori vpn` shows them";
    if (forms != 1)
        return "declare takes exactly one of version, mitigation, date";
    if (!strncmp(s->by, "uid ", 4))
        return "by is a person's name";
    return s->version[0] ? wrong_version(s) : s->mitigation[0] ? wrong_mitigation(s) : wrong_date(s, now);
}

int control_statement_read(const json_t *args, uint32_t uid, int64_t now, struct control_statement *out,
                           const char **why)
{
    struct control_statement s;
    const struct { const char *key; char *at; size_t size; } fields[] = {
        {"id", s.id, sizeof s.id}, {"by", s.by, sizeof s.by}, {"product", s.product, sizeof s.product},
        {"model", s.model, sizeof s.model}, {"version", s.version, sizeof s.version},
        {"mitigation", s.mitigation, sizeof s.mitigation}, {"reason", s.reason, sizeof s.reason},
        {"date", s.date, sizeof s.date}};

    memset(&s, 0, sizeof s);
    *why = "an argument is no line of text, or too long";
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (args_line(args, fields[i].key, fields[i].at, fields[i].size))
            return MM_EINVAL;
    *why = what_is_wrong(&s, now);
    if (*why)
        return MM_EINVAL;
    if (!s.by[0])
        snprintf(s.by, sizeof s.by, "uid %lu", (unsigned long)uid);
    *out = s;
    return MM_OK;
}
