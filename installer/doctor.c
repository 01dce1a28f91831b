#include "installer/doctor.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/err.h"
#include "lib/os/clock.h"
#include "lib/os/run.h"
#include "lib/screen.h"
#include "lib/text.h"

#define SENTENCE 4096
#define MOST_CHECKS 64
#define LABEL 18   /* columns of a row's label */

/* ---- for the checks -------------------------------------------------------------------------------- */

void doctor_say(struct doctor_found *f, enum doctor_level level, const char *how, const char *a, const char *b)
{
    f->level = level;
    f->how = how;
    snprintf(f->a, sizeof f->a, "%s", a);
    snprintf(f->b, sizeof f->b, "%s", b);
}

int doctor_program(const struct doctor *d, unsigned ms, const char *const argv[], bool errors, struct buf *out)
{
    int64_t left = d->until_ms - os_now_ms();
    const struct os_run r = {.argv = (char *const *)(uintptr_t)argv, .output = out, .errors = errors ? OS_ERRORS_OUTPUT : OS_ERRORS_NOWHERE,
                             .ms = (int64_t)ms < left ? ms : left > 0 ? (unsigned)left : 1};

    return os_run(&r);
}

const char *doctor_file(const char *path, char *out, size_t n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t len = 0;
    ssize_t got = 1;

    while (fd >= 0 && len + 1 < n && (got = read(fd, out + len, n - 1 - len)) > 0)
        len += (size_t)got;
    out[len] = '\0';
    if (fd >= 0)
        close(fd);
    return out;
}

/* ---- a run ------------------------------------------------------------------------------------------- */

static void begin(struct doctor *d, struct setup *s)
{
    int run_given;

    memset(d, 0, sizeof *d);
    d->setup = s;
    d->until_ms = os_now_ms() + DOCTOR_MS;
    d->installed = setup_is_there(SETUP_CURRENT);
    (void)agent_config_salvage(&d->settings, access(SETUP_CONFIG, F_OK) == 0 ? SETUP_CONFIG : NULL, &run_given);
    if (s->proxy)
        snprintf(d->settings.proxy, sizeof d->settings.proxy, "%s", s->proxy);
    if (s->source[0] || setup_find_source(s) == MM_OK)
        snprintf(d->programs, sizeof d->programs, "%.*s/bin/", LIM_PATH - 8, s->source);
    else if (d->installed)
        snprintf(d->programs, sizeof d->programs, "%s", SETUP_CURRENT "/bin/");
}

/* The catalogue's sentence with what was found in it, harmless. */
static int sentence(struct buf *out, const struct doctor_found *f, const char *end)
{
    char *a = screen_escaped(f->a), *b = screen_escaped(f->b), key[96];
    const char *const args[] = {a ? a : "", b ? b : ""};
    int rc;

    snprintf(key, sizeof key, "setup.doctor.%s%s", f->how, end);
    rc = text_known(key) ? text_format(out, key, args, 2) : MM_ENOTFOUND;
    free(a);
    free(b);
    return rc;
}

static void row(struct screen *sc, const char *label, const struct doctor_found *f, const char *end)
{
    struct buf b;

    buf_init(&b, SENTENCE);
    if (sentence(&b, f, end) == MM_OK && b.data)
        screen_row(sc, text(label), LABEL, b.data);
    buf_fini(&b);
}

/* The words for the finding, else for the check, else for all. */
static const char *how_bad(const char *id, const struct doctor_found *f)
{
    const char *const names[] = {f->how, id};
    char key[96];

    for (size_t i = 0; i < 2; i++) {
        snprintf(key, sizeof key, "setup.doctor.%s.bad", names[i]);
        if (text_known(key))
            return text(key);
    }
    return text("setup.doctor.bad");
}

static void tell_bad(struct screen *sc, const struct doctor *d, const char *id, const struct doctor_found *f)
{
    struct buf call;

    row(sc, "notice.what", f, "");
    screen_row(sc, text("notice.how_bad"), LABEL, how_bad(id, f));
    row(sc, "notice.do", f, ".do");
    row(sc, "setup.doctor.run", f, ".run");
    buf_init(&call, SENTENCE);
    if (d->settings.phone[0] || d->settings.provider[0])
        screen_contact(&call, d->settings.provider, d->settings.phone);
    screen_row(sc, text("notice.call"), LABEL, call.data ? call.data : text("setup.doctor.call"));
    buf_fini(&call);
}

static void tell(struct screen *sc, const struct doctor *d, const char *id, const struct doctor_found *f)
{
    static const struct { const char *mark; enum screen_colour colour; } looks[] = {
        [DOCTOR_SEEN] = {"setup.doctor.mark.seen", PLAIN}, [DOCTOR_LOST] = {"setup.doctor.mark.lost", YELLOW}, [DOCTOR_BAD] = {"setup.doctor.mark.bad", RED}};
    char key[96];
    struct buf b;

    if (f->level == DOCTOR_OK)
        return;
    buf_init(&b, SENTENCE);
    snprintf(key, sizeof key, "setup.doctor.%s", id);
    if (buf_addf(&b, "%s %s", text(looks[f->level].mark), text(key)) == MM_OK)
        screen_line(sc, looks[f->level].colour, b.data);
    buf_fini(&b);
    if (f->level == DOCTOR_BAD) {
        tell_bad(sc, d, id, f);
        return;
    }
    row(sc, "setup.doctor.found", f, "");
    row(sc, "notice.do", f, ".do");
    row(sc, "setup.doctor.run", f, ".run");
}

static int add_json(json_t *list, const char *id, const struct doctor_found *f)
{
    static const char *const words[] = {[DOCTOR_OK] = "ok", [DOCTOR_SEEN] = "ok", [DOCTOR_LOST] = "lost", [DOCTOR_BAD] = "bad"};
    json_t *o = json_pack("{s:s, s:s}", "id", id, "result", words[f->level]);
    struct buf b;
    int rc = o ? MM_OK : MM_ENOMEM;

    if (!rc && f->level != DOCTOR_OK) {
        const struct { const char *name, *end; } parts[] = {{"what", ""}, {"do", ".do"}, {"run", ".run"}};

        json_object_set_new(o, "finding", json_string(f->how));
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            buf_init(&b, SENTENCE);
            if (sentence(&b, f, parts[i].end) == MM_OK && b.data)
                json_object_set_new(o, parts[i].name, json_string(b.data));
            buf_fini(&b);
        }
    }
    return !rc && json_array_append_new(list, o) == 0 ? MM_OK : MM_ENOMEM;
}

struct sum { unsigned of[DOCTOR_BAD + 1], all; };

static enum doctor_level worst(const struct sum *n)
{
    return n->of[DOCTOR_BAD] ? DOCTOR_BAD : n->of[DOCTOR_LOST] ? DOCTOR_LOST : DOCTOR_OK;
}

static void tell_sum(struct screen *sc, const struct sum *n)
{
    char all[16], lost[16], bad[16];
    const char *const args[] = {all, lost, bad};
    struct buf b;

    snprintf(all, sizeof all, "%u", n->all);
    snprintf(lost, sizeof lost, "%u", n->of[DOCTOR_LOST]);
    snprintf(bad, sizeof bad, "%u", n->of[DOCTOR_BAD]);
    buf_init(&b, SENTENCE);
    if (text_format(&b, worst(n) == DOCTOR_OK ? "setup.doctor.good" : "setup.doctor.sum", args, 3) == MM_OK && b.data)
        screen_wrap(sc, 0, b.data);
    buf_fini(&b);
}

static int show_json(const struct sum *n, json_t *list)
{
    static const char *const words[] = {[DOCTOR_OK] = "ok", [DOCTOR_LOST] = "lost", [DOCTOR_BAD] = "bad"};
    json_t *o = json_pack("{s:s, s:i, s:i, s:i, s:O}", "result", words[worst(n)], "checked", (int)n->all, "lost", (int)n->of[DOCTOR_LOST], "bad",
                          (int)n->of[DOCTOR_BAD], "checks", list);
    char *line = o ? json_dumps(o, JSON_COMPACT) : NULL;

    if (line)
        puts(line);
    free(line);
    json_decref(o);
    return line ? MM_OK : MM_ENOMEM;
}

/* Each check once; what it found is said into `sc` or `list`, whichever there is. */
static void examine(struct doctor *d, struct screen *sc, json_t *list, struct sum *n)
{
    for (const struct doctor_check *c = doctor_checks; c->id; c++) {
        struct doctor_found f = {.how = ""};

        c->look(d, &f);
        n->of[f.level]++;
        n->all++;
        if (list)
            (void)add_json(list, c->id, &f);
        else
            tell(sc, d, c->id, &f);
    }
}

int doctor_run(struct setup *s)
{
    static const int status[] = {[DOCTOR_OK] = 0, [DOCTOR_LOST] = 1, [DOCTOR_BAD] = 2};
    struct doctor *d = malloc(sizeof *d);
    json_t *list = s->json ? json_array() : NULL;
    struct sum n = {.all = 0};
    struct screen sc;

    if (!d || (s->json && !list)) {
        free(d);
        return 2;
    }
    begin(d, s);
    screen_init(&sc, isatty(STDOUT_FILENO));
    examine(d, &sc, list, &n);
    if (list) {
        (void)show_json(&n, list);
    } else {
        tell_sum(&sc, &n);
        screen_show(&sc);
    }
    screen_fini(&sc);
    json_decref(list);
    agent_config_free(&d->settings);
    free(d);
    return status[worst(&n)];
}

bool doctor_before(struct setup *s, struct buf *lost)
{
    struct doctor *d = malloc(sizeof *d);
    struct screen sc;
    bool good = d != NULL;

    if (!d)
        return false;
    begin(d, s);
    d->begins = true;
    screen_init(&sc, isatty(STDOUT_FILENO));
    for (const struct doctor_check *c = doctor_checks; c->id; c++) {
        struct doctor_found f = {.how = ""};

        if (c->when != DOCTOR_BEGIN)
            continue;
        c->look(d, &f);
        if (f.level == DOCTOR_BAD) {
            tell(&sc, d, c->id, &f);
            good = false;
        } else if (f.level == DOCTOR_LOST && buf_addf(lost, "%s ", text("setup.doctor.mark.lost")) == MM_OK) {
            (void)sentence(lost, &f, "");
            (void)buf_adds(lost, "\n");
        }
    }
    if (!good) {
        screen_wrap(&sc, 0, text("setup.unchanged"));
        screen_show(&sc);
    }
    screen_fini(&sc);
    agent_config_free(&d->settings);
    free(d);
    return good;
}
