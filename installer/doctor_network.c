/* The console, its clock, the way there.  Root speaks with nobody: mimamorid --look does, without power, and says a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/doctor.h"
#include "installer/doctor_read.h"
#include "installer/proof.h"
#include "lib/durable.h"
#include "lib/err.h"

#define LOOK_LIMIT_MS 4000   /* it ends by itself before */
#define CLOCK_OFF_S 300
#define CA_BYTES 65536
#define ENVIRONMENT 65536
#define TIME 32

/* The certificate that was kept at the enrolment. */
static bool pin_of_enrolment(char pin[65])
{
    struct buf pem;
    bool good;

    buf_init(&pem, CA_BYTES);
    good = durable_read(SETUP_CONSOLE_CA, &pem) == MM_OK && pem.data && read_pin(pem.data, pin);
    buf_fini(&pem);
    return good;
}

static bool whom_to_ask(struct doctor *d, char pin[65])
{
    if (d->setup->code_text) {
        memcpy(d->url, d->setup->code.url, sizeof d->url);
        memcpy(pin, d->setup->code.ca_pin, 65);
    } else if (!proof_enrolled_url(d->url) || !read_is_url(d->url) || !pin_of_enrolment(pin)) {
        d->url[0] = '\0';
    }
    return d->url[0] != '\0';
}

static int look(struct doctor *d, const char *pin)
{
    char program[LIM_PATH];
    const char *const argv[] = {program, "--look", d->url, "--pin", pin, d->setup->proxy ? "--proxy" : NULL, d->setup->proxy, NULL};
    struct timespec before, after;
    struct buf line;
    int rc;

    if (!d->programs[0] || snprintf(program, sizeof program, "%smimamorid", d->programs) >= (int)sizeof program)
        return MM_ENOTFOUND;
    buf_init(&line, LOOK_LINE);
    clock_gettime(CLOCK_MONOTONIC, &before);
    rc = doctor_program(d, LOOK_LIMIT_MS, argv, false, &line);
    if (!rc)
        rc = look_read(line.data ? line.data : "", line.len, &d->look);
    buf_fini(&line);
    if (rc == MM_ETIMEOUT) {
        clock_gettime(CLOCK_MONOTONIC, &after);
        d->look = (struct look){.stage = LOOK_SILENT, .ms = (int)((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000)};
        rc = MM_OK;
    }
    return rc;
}

static bool clock_is_off(const struct doctor *d)
{
    int64_t off = d->looked && d->look.date ? d->look.date - (int64_t)time(NULL) : 0;

    return off > CLOCK_OFF_S || off < -CLOCK_OFF_S;
}

/* A guard without its console still guards; a code cannot be used without it. */
static enum doctor_level hurt(const struct doctor *d)
{
    return d->setup->code_text ? DOCTOR_BAD : DOCTOR_LOST;
}

void doctor_console(struct doctor *d, struct doctor_found *f)
{
    static const char *const how[LOOK_STAGES] = {
        [LOOK_NAME] = "console.name", [LOOK_NO_ROUTE] = "console.no_route", [LOOK_REFUSED] = "console.refused", [LOOK_SILENT] = "console.silent",
        [LOOK_NO_TLS] = "console.no_tls", [LOOK_OTHER_CA] = "console.other_ca", [LOOK_CERTIFICATE] = "console.certificate", [LOOK_PROXY] = "console.proxy",
        [LOOK_FAILED] = "console.failed"};
    char pin[65], more[LOOK_ISSUER + LIM_NAME];
    const char *host;
    int rc;

    if (!whom_to_ask(d, pin)) {
        doctor_say(f, DOCTOR_SEEN, "console.none", "", "");
        return;
    }
    host = d->url + sizeof "https://" - 1;
    rc = look(d, pin);
    if (rc) {
        doctor_say(f, hurt(d), "console.no_look", mm_strerror(rc), "");
        return;
    }
    d->looked = true;
    snprintf(more, sizeof more, "%d", (d->look.ms + 500) / 1000);
    if (d->look.stage == LOOK_OTHER_CA || d->look.stage == LOOK_CERTIFICATE)
        snprintf(more, sizeof more, "%s", d->look.issuer[0] ? d->look.issuer : "?");
    else if (d->look.stage == LOOK_PROXY)
        read_proxy_of(d->settings.proxy, more, sizeof more);
    if (d->look.stage != LOOK_GOOD)
        doctor_say(f, hurt(d), how[d->look.stage], host, more);
    else if (d->look.out_of_time && !clock_is_off(d))
        doctor_say(f, hurt(d), "console.expired", host, "");
}

static void in_words(time_t at, char out[TIME])
{
    struct tm t;

    if (!localtime_r(&at, &t) || !strftime(out, TIME, "%Y-%m-%d %H:%M", &t))
        snprintf(out, TIME, "?");
}

void doctor_clock(struct doctor *d, struct doctor_found *f)
{
    char ours[TIME], theirs[TIME];

    if (!clock_is_off(d))
        return;
    in_words(time(NULL), ours);
    in_words((time_t)d->look.date, theirs);
    if (d->look.out_of_time)
        doctor_say(f, hurt(d), "clock.certificate", ours, theirs);
    else
        doctor_say(f, DOCTOR_LOST, "clock.off", ours, theirs);
}

void doctor_proxy(struct doctor *d, struct doctor_found *f)
{
    char proxy[LIM_NAME], *text = malloc(ENVIRONMENT);

    if (text)
        read_proxy(doctor_file("/etc/environment", text, ENVIRONMENT), proxy);
    else
        proxy[0] = '\0';
    free(text);
    if (d->settings.proxy[0]) {
        read_proxy_of(d->settings.proxy, proxy, sizeof proxy);
        doctor_say(f, DOCTOR_SEEN, "proxy.used", proxy, "");
    } else if (proxy[0]) {
        bool away = d->looked && d->look.stage != LOOK_GOOD;

        doctor_say(f, away ? DOCTOR_LOST : DOCTOR_SEEN, away ? "proxy.unused" : "proxy.seen", proxy, "");
    }
}
