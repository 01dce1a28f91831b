/* One entry of the updater's history as an event. */
#include "agent/report/update_event.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/text.h"

#define REPEATED 3 /* failures in a row that somebody should look at: a host that is away for a night fails once or twice */

static const char *const kinds[TOLD_KINDS] = {"rules", "agent", "updates"};
static const char *const acts[TOLD_ACTS] = {"applied", "refused", "returned", "rolled_back", "failed"};

static uint32_t severity_of(const struct update_entry *entry, unsigned failures)
{
    static const uint32_t severities[TOLD_ACTS] = {SEV_INFO, SEV_HIGH, SEV_HIGH, SEV_MEDIUM, SEV_LOW};

    if (entry->act == TOLD_DID_FAIL && update_cause_attack(entry->cause))
        return SEV_HIGH;
    return entry->act == TOLD_DID_FAIL && failures >= REPEATED ? SEV_MEDIUM : severities[entry->act];
}

static void put_title(const struct update_entry *entry, enum text_lang lang, char out[LIM_TITLE])
{
    const char *const args[] = {entry->to[0] ? entry->to : "?", entry->from[0] ? entry->from : "?", entry->cause[0] ? entry->cause : "?"};
    char key[64];
    struct buf b;

    snprintf(key, sizeof key, "did.update.%s.%s", kinds[entry->kind], acts[entry->act]);
    buf_init(&b, LIM_TITLE - 1);
    if (text_format_in(&b, text_known(key) ? key : "did.update", lang, args, 3) == MM_OK)
        snprintf(out, LIM_TITLE, "%s", b.data ? b.data : "");
    buf_fini(&b);
}

static void put_detail(const struct update_entry *entry, char *out, size_t room)
{
    snprintf(out, room, "%s %s: %s -> %s%s%s%s%s%s%s", kinds[entry->kind], acts[entry->act], entry->from[0] ? entry->from : "?",
             entry->to[0] ? entry->to : "?", entry->cause[0] ? ", " : "", entry->cause, entry->detail[0] ? ": " : "", entry->detail,
             entry->by[0] ? ", by " : "", entry->by);
}

void update_event(const struct update_entry *entry, unsigned failures, struct event *out)
{
    bool back = entry->act == TOLD_DID_RETURN || entry->act == TOLD_DID_ROLL_BACK;

    memset(out, 0, sizeof *out);
    out->kind = entry->kind == TOLD_AGENT ? EV_LIFECYCLE : EV_STATE;
    out->activity = entry->kind == TOLD_AGENT ? ACT_UPGRADE : ACT_RULES;
    out->severity = severity_of(entry, failures);
    out->outcome = entry->act == TOLD_DID_APPLY ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
    if (back && !strcmp(entry->cause, "asked"))
        out->outcome = OUTCOME_SUCCESS; /* somebody wanted it */
    snprintf(out->subject, sizeof out->subject, "%s", kinds[entry->kind]);
    memcpy(out->old_state, entry->from, sizeof out->old_state);
    memcpy(out->new_state, entry->to, sizeof out->new_state);
    memcpy(out->actor, entry->by, sizeof out->actor);
    put_title(entry, TEXT_JA, out->title_ja);
    put_title(entry, TEXT_EN, out->title_en);
    put_detail(entry, out->detail, sizeof out->detail);
}
