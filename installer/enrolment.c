#include "installer/enrolment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installer/proof.h"
#include "lib/buf.h"
#include "lib/durable.h"
#include "lib/err.h"

#define ENROL_MS 90000     /* longer than mimamorid --enrol waits: it says how it ended */
#define NOT_ASKED 1        /* its exit status: nothing has gone to the console */
#define REFUSED 2          /* the console will not have this code of this key */
#define KEY_BYTES 8192

static const char *const keys[] = {SETUP_STATE "/core/device.key.new", SETUP_STATE "/core/device.key"};

static bool has_key(void)
{
    return setup_is_there(keys[0]) || setup_is_there(keys[1]);
}

/* The kept key is of an enrolment with this code. */
static bool is_kept_for(const struct enrol_code *code)
{
    char line[ENROL_KEY_LINE_MOST], mark[SHA256_HEX];
    struct buf key;
    bool yes;

    if (enrol_code_mark(code, mark))
        return false;
    snprintf(line, sizeof line, ENROL_KEY_LINE, mark);
    buf_init(&key, KEY_BYTES);
    yes = durable_read(SETUP_KEY, &key) == MM_OK && key.data && !strncmp(key.data, line, strlen(line));
    if (key.data)
        explicit_bzero(key.data, key.len);
    buf_fini(&key);
    return yes;
}

bool enrolment_done(struct setup *s)
{
    /* the guard's keys come last: without them no order of the console would be obeyed */
    return !s->code_text || (proof_enrolled_at(s->code.url) && setup_is_there(SETUP_STATE "/guard/command-keys.json") && setup_is_there(SETUP_CONSOLE_CA));
}

int enrolment_apply(struct setup *s)
{
    const char *const argv[] = {SETUP_CURRENT "/bin/mimamorid", "--enrol", "-", "--key", SETUP_KEY, NULL};
    bool before = has_key() || setup_is_there(SETUP_KEY); /* of a run whose end nobody knows */
    int status = -1, rc = setup_run_with(s, ENROL_MS, argv, s->code_text, &status);

    s->key_useless = status == REFUSED || (status == NOT_ASKED && !before);
    if (rc && status == REFUSED)
        s->code_of_failure = SETUP_CODE;
    if (!rc || (status == REFUSED && is_kept_for(&s->code))) /* another code's key may still be good */
        (void)unlink(SETUP_KEY);
    return rc;
}

/* Another console has a repository of its own: its first root comes with the enrolment, where there is none. */
int enrolment_anew(struct setup *s)
{
    bool elsewhere = s->previous[0] && strcmp(s->previous, s->code.url) != 0 && rename(SETUP_FIRST_ROOT, SETUP_FIRST_ROOT ".old") == 0;
    int rc = enrolment_apply(s);

    if (elsewhere && rc)
        (void)rename(SETUP_FIRST_ROOT ".old", SETUP_FIRST_ROOT);
    if (!elsewhere || rc)
        return rc;
    (void)unlink(SETUP_FIRST_ROOT ".old");
    return setup_erase(s, SETUP_STATE "/updates/metadata");
}

int enrolment_undo(struct setup *s)
{
    return s->had_root || !setup_is_there(SETUP_FIRST_ROOT) || unlink(SETUP_FIRST_ROOT) == 0 ? MM_OK : MM_EIO;
}

int enrolment_keep(const struct setup *s)
{
    struct buf key;
    int rc;

    if (s->key_useless || !has_key())
        return MM_OK;
    buf_init(&key, KEY_BYTES);
    rc = durable_read(setup_is_there(keys[0]) ? keys[0] : keys[1], &key);
    if (!rc && key.len)
        rc = durable_write(SETUP_KEY, key.data, key.len, 0600);
    if (key.data)
        explicit_bzero(key.data, key.len);
    buf_fini(&key);
    return rc;
}

void enrolment_forget(struct setup *s)
{
    s->key_useless = true;
    (void)unlink(SETUP_KEY);
}
