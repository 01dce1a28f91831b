#include "installer/proof.h"

#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "installer/setup.h"
#include "lib/buf.h"
#include "lib/control_ask.h"
#include "lib/durable.h"
#include "lib/err.h"

#define STEP_MS 200
#define FACTS_BYTES 8192

/* What enrolment left; NULL: nothing.  The caller's reference. */
static json_t *enrolled(void)
{
    json_t *facts = NULL;
    struct buf b;

    buf_init(&b, FACTS_BYTES);
    if (durable_read(SETUP_STATE "/core/enrolled.json", &b) == MM_OK && b.data)
        facts = json_loadb(b.data, b.len, 0, NULL);
    buf_fini(&b);
    return facts;
}

bool proof_enrolled_url(char url[512])
{
    json_t *facts = enrolled();
    const char *theirs = json_string_value(json_object_get(facts, "url"));
    bool yes = theirs && *theirs && strlen(theirs) < 512;

    if (yes)
        memcpy(url, theirs, strlen(theirs) + 1);
    json_decref(facts);
    return yes;
}

bool proof_agent_id(char out[LIM_ID])
{
    json_t *facts = enrolled();
    const char *id = json_string_value(json_object_get(facts, "agent_id"));
    bool yes = id && strlen(id) < LIM_ID;

    if (yes)
        memcpy(out, id, strlen(id) + 1);
    json_decref(facts);
    return yes;
}

bool proof_enrolled_at(const char *url)
{
    char theirs[512];

    return proof_enrolled_url(theirs) && !strcmp(theirs, url);
}

json_t *proof_status(void)
{
    json_t *answer = NULL, *result;

    if (ask(SETUP_RUN, "status", NULL, ASK_STATUS_MS, &answer))
        return NULL;
    result = json_incref(json_object_get(answer, "result"));
    json_decref(answer);
    return result;
}

static void look(struct proof *p)
{
    json_t *result = proof_status();
    const json_t *console;
    const char *customer, *rules;

    if (!result)
        return;
    console = json_object_get(result, "console");
    customer = json_string_value(json_object_get(result, "customer"));
    p->answers = true;
    rules = json_string_value(json_object_get(json_object_get(result, "rules"), "version"));
    p->guarding = rules && *rules && json_is_true(json_object_get(json_object_get(result, "guard"), "answers"));
    p->connected = json_is_true(json_object_get(console, "connected"));
    if (customer)
        snprintf(p->customer, sizeof p->customer, "%s", customer);
    json_decref(result);
}

bool proof_wait(unsigned seconds, bool alone, struct proof *out)
{
    struct timespec t;
    time_t end;

    memset(out, 0, sizeof *out);
    clock_gettime(CLOCK_MONOTONIC, &t);
    end = t.tv_sec + (time_t)seconds;
    do {
        look(out);
        if (out->guarding && (alone || out->connected))
            return true;
        poll(NULL, 0, STEP_MS);
        clock_gettime(CLOCK_MONOTONIC, &t);
    } while (t.tv_sec < end);
    return false;
}
