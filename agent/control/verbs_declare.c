/* A statement has one of four forms: a version, a mitigation, a day, a certificate; what belongs
 * to another form is an error, so that nobody believes to have recorded it.
 * Ownership: borrows the request, fills the caller's struct. */
#include "agent/control/verbs_declare.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "agent/control/verbs_args.h"
#include "lib/command.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define DAY 86400
#define EAST_S (14 * 3600)       /* the day begins there so much before UTC: today is never "in the future" */

/* A door of one of two kinds, with something behind the ':' (a kind alone is no door of this host). */
static bool has_version(const char *id)
{
    return command_door(id) && (!strncmp(id, "gateway:", 8) || !strncmp(id, "program:", 8));
}

static bool is_past_day(const char *text, int64_t now)
{
    int64_t day;

    return rfc3339_parse_day(text, &day) == MM_OK && day * DAY <= now + EAST_S;
}

static const char *wrong_version(const struct control_statement *s)
{
    if (!has_version(s->id))
        return "a version belongs to an id gateway:... or program:...";
    if (!command_version(s->version))
        return "this does not look like a version";
    if (s->product[0] && !command_product(s->product))
        return "product: lower-case letters, digits, '-' and '_', as in the rules";
    return s->reason[0] ? "a reason belongs to a mitigation" : NULL;
}

static const char *wrong_mitigation(const struct control_statement *s)
{
    if (!command_door(s->id) || !strchr(s->id, ':'))
        return "a mitigation belongs to an id gateway:..., program:..., listener:... or ssh:...";
    if (!command_mitigation(s->mitigation))
        return "mitigation is one of disabled, workaround, separated, monitored, or none to take it back";
    if (!s->reason[0])
        return "a mitigation needs a reason: what was done, how, or why it is taken back";
    return s->product[0] || s->model[0] ? "product and model belong to a version" : NULL;
}

static const char *wrong_date(const struct control_statement *s, int64_t now)
{
    if (!command_posture(s->id))
        return "a date belongs to posture:restore_test or posture:threats";
    if (!is_past_day(s->date, now))
        return "date is a day like 2026-11-01, not in the future";
    return s->product[0] || s->model[0] || s->reason[0] ? "product, model and reason do not belong to a date" : NULL;
}

static const char *wrong_certificate(const struct control_statement *s)
{
    if (!command_door(s->id) || strncmp(s->id, "gateway:", 8))
        return "a certificate belongs to an id gateway:...";
    if (!command_certificate(s->certificate))
        return "certificate is the SHA-256 of the public key: 64 digits of 0-9 and a-f, or at least the first 16; or none";
    return s->product[0] || s->model[0] || s->reason[0] ? "product, model and reason do not belong to a certificate" : NULL;
}

/* Why this is no statement; NULL: it is one. */
static const char *what_is_wrong(const struct control_statement *s, int64_t now)
{
    int forms = (s->version[0] != 0) + (s->mitigation[0] != 0) + (s->date[0] != 0) + (s->certificate[0] != 0);

    if (!s->id[0])
        return "declare needs an id, as `mimamori vpn` shows them";
    if (forms != 1)
        return "declare takes exactly one of version, mitigation, date, certificate";
    if (!strncmp(s->by, "uid ", 4))
        return "by is a person's name";
    if (s->certificate[0])
        return wrong_certificate(s);
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
        {"date", s.date, sizeof s.date}, {"certificate", s.certificate, sizeof s.certificate}};

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
