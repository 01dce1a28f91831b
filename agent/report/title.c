/* Sentences by table: the first row that fits an event's activity, outcome and
 * number says it; else its own title, else the general sentence.  What is told of
 * a door is put together in title_finding.c. */
#include "agent/report/title.h"

#include <stdio.h>
#include <string.h>

/* Which number a sentence turns on. */
enum number { ANY = 0, NONE, SOME };

struct sentence {
    uint32_t kind, activity;
    enum event_outcome outcome;       /* OUTCOME_UNKNOWN: any */
    enum number number;
    const char *key;                  /* {0}: the number, {1}: the number that failed */
};

static const struct sentence sentences[] = {
    {EV_FILE_BURST, ACT_ENCRYPT, OUTCOME_UNKNOWN, SOME, "did.burst.encrypt.n"},
    {EV_FILE_BURST, ACT_DELETE, OUTCOME_UNKNOWN, SOME, "did.burst.delete.n"},
    {EV_DETECTION, ACT_UPDATE, OUTCOME_UNKNOWN, SOME, "did.finding.update.n"},
    {EV_DETECTION, ACT_UPDATE, OUTCOME_UNKNOWN, ANY, "did.finding.update"},
    {EV_DETECTION, ACT_CLOSE, OUTCOME_UNKNOWN, ANY, "did.finding.close"},
    {EV_QUARANTINE, ACT_ISOLATE, OUTCOME_FAILURE, ANY, "did.quarantine.isolate.failed"},
    {EV_QUARANTINE, ACT_ISOLATE, OUTCOME_UNKNOWN, ANY, "did.quarantine.isolate"},
    {EV_QUARANTINE, ACT_RESTORE, OUTCOME_FAILURE, ANY, "did.quarantine.restore.failed"},
    {EV_QUARANTINE, ACT_RESTORE, OUTCOME_UNKNOWN, ANY, "did.quarantine.restore"},
    {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_SUCCESS, SOME, "did.program.freeze.n"},
    {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_SUCCESS, NONE, "did.program.freeze.none"},
    {EV_PROCESS_REMEDIATION, ACT_FREEZE, OUTCOME_UNKNOWN, ANY, "did.program.freeze.partial"},
    {EV_PROCESS_REMEDIATION, ACT_THAW, OUTCOME_UNKNOWN, ANY, "did.program.thaw"},
    {EV_PROCESS_REMEDIATION, ACT_TERMINATE, OUTCOME_SUCCESS, ANY, "did.program.terminate.n"},
    {EV_PROCESS_REMEDIATION, ACT_TERMINATE, OUTCOME_UNKNOWN, ANY, "did.program.terminate.partial"},
    {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_SUCCESS, SOME, "did.files.restore.n"},
    {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_SUCCESS, NONE, "did.files.restore.none"},
    {EV_FILE_REMEDIATION, ACT_RESTORE, OUTCOME_UNKNOWN, ANY, "did.files.restore.partial"},
    {EV_FILE_REMEDIATION, ACT_EVIDENCE, OUTCOME_UNKNOWN, ANY, "did.files.evidence"},
    {EV_STATE, ACT_RULES, OUTCOME_FAILURE, ANY, "did.state.rules.failed"},
};

static uint32_t number_of(const struct event *e)
{
    return e->kind == EV_PROCESS_REMEDIATION ? e->processes : e->kind == EV_FILE_REMEDIATION ? e->files_restored : e->files_touched;
}

static const struct sentence *find(const struct event *e)
{
    if (!strcmp(e->response, "observe")) /* nothing was done: what was found is all there is to say */
        return NULL;
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        const struct sentence *s = &sentences[i];

        if (s->kind == e->kind && s->activity == e->activity &&
            (s->outcome == OUTCOME_UNKNOWN || (uint32_t)s->outcome == e->outcome) &&
            (s->number == ANY || (s->number == SOME) == (number_of(e) != 0)))
            return s;
    }
    return NULL;
}

int title_of_rule(const struct event *e)
{
    return e->rule[0] && (e->title_ja[0] || e->title_en[0]);
}

/* "watching documents: works only partly": which sensor, and how it is now. */
static int sensor_add(struct buf *out, const struct event *e, enum text_lang lang)
{
    char name[sizeof e->subject + 8], state[sizeof e->new_state + 16];
    const char *args[2];

    snprintf(name, sizeof name, "sensor.%.*s", (int)sizeof e->subject, e->subject);
    snprintf(state, sizeof state, "did.state.word.%.*s", (int)sizeof e->new_state, e->new_state);
    if (!text_known(name) || !text_known(state))
        return text_format_in(out, "did.state.sensor", lang, NULL, 0);
    args[0] = text_in(name, lang);
    args[1] = text_in(state, lang);
    return text_format_in(out, "did.state.sensor.what", lang, args, 2);
}

/* The word of a state in the catalogue, NULL when it has none. */
static const char *state_word(const char *state, enum text_lang lang)
{
    char key[LIM_TAG + 16];

    snprintf(key, sizeof key, "did.state.word.%.*s", LIM_TAG, state);
    return text_known(key) ? text_in(key, lang) : NULL;
}

/* "rule on backups: kept only partly (before: kept)", then where to look: which rule or door, and how it is now. */
static int posture_add(struct buf *out, const struct event *e, enum text_lang lang)
{
    static const char article[] = "posture.";
    const char *now = state_word(e->new_state, lang), *before = state_word(e->old_state, lang), *colon;
    char key[sizeof e->subject + 8], what[sizeof e->subject + 8];
    const char *args[3] = {what, now, before ? before : text_in("did.state.word.unknown", lang)};
    int rule = !strncmp(e->subject, article, strlen(article)), rc;

    snprintf(what, sizeof what, "%.*s", (int)sizeof e->subject, e->subject);
    if (rule) {
        snprintf(key, sizeof key, "article.%s", what + strlen(article));
        args[0] = text_known(key) ? text_in(key, lang) : NULL;
    } else if ((colon = strchr(what, ':'))) { /* without the kind of door: "vpn.example.co.jp:443" */
        args[0] = colon + 1;
    }
    if (!now || !args[0] || !*args[0])
        return text_format_in(out, "did.state.posture", lang, NULL, 0);
    rc = text_format_in(out, rule ? "did.state.posture.rule" : "did.state.posture.door", lang, args, 3);
    if (rc || !strcmp(e->new_state, "met") || !strcmp(e->new_state, "ok"))
        return rc;
    return text_format_in(out, rule ? "did.state.posture.rule.do" : "did.state.posture.door.do", lang, NULL, 0);
}

int title_add(struct buf *out, const struct event *e, const char *general, enum text_lang lang)
{
    const struct sentence *s = title_of_rule(e) || !e->title_ja[0] ? find(e) : NULL;
    const char *own = lang == TEXT_JA ? e->title_ja : e->title_en;
    char done[16], failed[16], destroyed[16];
    const char *const args[] = {done, failed, destroyed};

    if (!s && own[0])
        return buf_add(out, own, strnlen(own, sizeof e->title_ja));
    if (e->kind == EV_STATE && e->activity == ACT_SENSOR)
        return sensor_add(out, e, lang);
    if (e->kind == EV_STATE && e->activity == ACT_POSTURE)
        return posture_add(out, e, lang);
    if (!s && !general[0])
        return 0;
    snprintf(done, sizeof done, "%u", (unsigned)number_of(e));
    snprintf(failed, sizeof failed, "%u", (unsigned)e->files_failed);
    snprintf(destroyed, sizeof destroyed, "%u", (unsigned)e->files_destroyed);
    return text_format_in(out, s ? s->key : general, lang, args, 3);
}
