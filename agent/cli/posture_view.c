/* `mimamori posture` for people: how the six basic rules stand, the checks of each
 * with their sentence and, indented, what was read (English, for operators).
 * Pure; a check whose words the catalogue does not have shows its evidence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/cli.h"
#include "agent/cli/view.h"
#include "agent/cli/view_parts.h"
#include "lib/limits.h"
#include "lib/text.h"

#define ARTICLES 6
#define MARK 8                   /* columns of a check's state */
#define CHECKS_SHOWN 40          /* of one article: a file server has two dozen shares; the JSON has all */
#define SUBJECT_COLUMNS 40
#define EVIDENCE_COLUMNS 150     /* two lines */

enum state { UNMET = 0, PARTLY, UNKNOWN, MET, STATES }; /* in the order of showing */
static const char *const words[STATES] = {"unmet", "partly", "unknown", "met"};
static const enum screen_colour colours[STATES] = {RED, YELLOW, BOLD, GREEN};

static enum state state_of(const json_t *o)
{
    for (int i = 0; i < STATES; i++)
        if (view_is(o, "state", words[i]))
            return (enum state)i;
    return UNKNOWN;
}

static const json_t *article_of(const json_t *posture, int number)
{
    const json_t *article;
    size_t i;

    json_array_foreach(json_object_get(posture, "articles"), i, article) {
        if (cli_int(article, "article") == number)
            return article;
    }
    return NULL; /* then it is unknown */
}

static void count(const json_t *posture, unsigned counts[STATES])
{
    memset(counts, 0, STATES * sizeof *counts);
    for (int i = 1; i <= ARTICLES; i++)
        counts[state_of(article_of(posture, i))]++;
}

static json_int_t days_old(const json_t *posture, int64_t now)
{
    json_int_t days = view_days_since(cli_str(posture, "checked_at"), now);

    return days >= LIM_DOORS_OLD_S / 86400 ? days : 0;
}

bool posture_well(const json_t *posture, int64_t now)
{
    const json_t *check;
    unsigned counts[STATES];
    size_t i;

    count(posture, counts);
    if (counts[UNMET] || counts[UNKNOWN] == ARTICLES || view_days_since(cli_str(posture, "checked_at"), now) < 0)
        return false;
    for (int n = 1; n <= ARTICLES; n++)
        json_array_foreach(json_object_get(article_of(posture, n), "checks"), i, check) {
            if (state_of(check) == UNMET)
                return false;
        }
    return !days_old(posture, now);
}

/* ---- the first line ------------------------------------------------------------------- */

static void line(struct screen *s, enum screen_colour colour, const char *key, json_int_t n)
{
    char number[32];
    struct buf out;

    buf_init(&out, VIEW_LINE);
    screen_format(&out, key, view_grouped(n, number), NULL, NULL);
    screen_paint(s, colour);
    screen_wrap(s, 0, out.data ? out.data : "");
    screen_paint(s, PLAIN);
    buf_fini(&out);
}

static void head(struct screen *s, const json_t *posture, const unsigned counts[STATES], int64_t now)
{
    json_int_t old = days_old(posture, now);

    if (view_days_since(cli_str(posture, "checked_at"), now) < 0)
        line(s, YELLOW, "posture.head.never", 0);
    else if (counts[UNMET])
        line(s, RED, "posture.head.unmet", counts[UNMET]);
    else if (counts[PARTLY])
        line(s, YELLOW, "posture.head.partly", counts[PARTLY]);
    else if (counts[UNKNOWN])
        line(s, YELLOW, "posture.head.unknown", counts[UNKNOWN]);
    else
        line(s, GREEN, "posture.head.met", 0);
    if (old)
        line(s, YELLOW, "posture.head.old", old);
}

static void counts_line(struct screen *s, const unsigned counts[STATES])
{
    char n[STATES][32];
    const char *const args[] = {view_grouped(counts[MET], n[MET]), view_grouped(counts[PARTLY], n[PARTLY]),
                                view_grouped(counts[UNMET], n[UNMET]), view_grouped(counts[UNKNOWN], n[UNKNOWN])};
    struct buf out;

    buf_init(&out, VIEW_LINE);
    text_format(&out, "posture.count", args, 4);
    view_plain(s, out.data ? out.data : "");
    buf_fini(&out);
}

/* ---- one check -------------------------------------------------------------------------- */

/* Title, subject, and the sentence of its state; "" without the sentence. */
static void add_sentence(struct buf *out, const json_t *check)
{
    const char *name = cli_str(check, "check");
    char *subject = view_safe(cli_str(check, "subject"), SUBJECT_COLUMNS), *plain = view_safe(name, SUBJECT_COLUMNS);
    const char *title = view_word("check", name, plain && *plain ? plain : "?");
    char key[LIM_NAME];
    int n = snprintf(key, sizeof key, "check.%s.%s", name, words[state_of(check)]);
    struct buf said;

    buf_init(&said, VIEW_LINE);
    if (n > 0 && (size_t)n < sizeof key && text_known(key))
        view_told(&said, key, json_object_get(check, "args"));
    if (said.len && subject && *subject)
        screen_format(out, "posture.check.subject", title, subject, said.data);
    else if (said.len)
        screen_format(out, "posture.check.line", title, said.data, NULL);
    else if (subject && *subject)
        buf_addf(out, "%s (%s)", title, subject);
    else
        buf_adds(out, title);
    buf_fini(&said);
    free(subject);
    free(plain);
}

/* What only a person can state, and how. */
static void record_line(struct screen *s, const json_t *check)
{
    char out[LIM_NAME];
    struct buf line_of;

    if (state_of(check) == MET || (!view_is(check, "check", "threats") && !view_is(check, "check", "restore_test")))
        return;
    snprintf(out, sizeof out, "%s", cli_str(check, "check"));
    buf_init(&line_of, VIEW_LINE);
    screen_format(&line_of, "posture.record", out, NULL, NULL);
    screen_row(s, "", MARK, line_of.data ? line_of.data : "");
    buf_fini(&line_of);
}

static void check_rows(struct screen *s, const json_t *check)
{
    enum state state = state_of(check);
    char *evidence = view_safe(cli_str(check, "evidence"), EVIDENCE_COLUMNS), key[64];
    struct buf out;

    snprintf(key, sizeof key, "posture.state.%s", words[state]);
    buf_init(&out, VIEW_LINE);
    add_sentence(&out, check);
    screen_row(s, text(key), MARK, out.data ? out.data : "");
    if (evidence && *evidence) {
        screen_paint(s, DIM);
        screen_row(s, "", MARK + 2, evidence);
        screen_paint(s, PLAIN);
    }
    record_line(s, check);
    buf_fini(&out);
    free(evidence);
}

/* ---- one article ---------------------------------------------------------------------------- */

static void article_head(struct screen *s, int number, enum state state)
{
    char n[16], name[32], key[64];
    struct buf out;

    snprintf(n, sizeof n, "%d", number);
    snprintf(name, sizeof name, "article.%d", number);
    snprintf(key, sizeof key, "posture.state.%s", words[state]);
    buf_init(&out, VIEW_LINE);
    screen_format(&out, "posture.article", n, text(name), text(key));
    screen_line(s, PLAIN, "");
    screen_paint(s, colours[state]);
    screen_wrap(s, 0, out.data ? out.data : "");
    screen_paint(s, PLAIN);
    buf_fini(&out);
}

static void article_part(struct screen *s, const json_t *posture, int number)
{
    const json_t *article = article_of(posture, number), *list = json_object_get(article, "checks"), *check;
    size_t total = json_array_size(list), shown = 0, i;
    char n[32];

    article_head(s, number, state_of(article));
    if (!total)
        view_plain(s, text("posture.empty"));
    for (int state = 0; state < STATES; state++)
        json_array_foreach(list, i, check) {
            if (state_of(check) != (enum state)state || shown >= CHECKS_SHOWN)
                continue;
            check_rows(s, check);
            shown++;
        }
    if (total > shown)
        view_said(s, "posture.more", view_grouped((json_int_t)(total - shown), n), NULL);
}

void view_posture(struct screen *s, const json_t *posture, const struct view_call *call, int64_t now)
{
    unsigned counts[STATES];
    struct buf contact;
    char when[64];

    count(posture, counts);
    head(s, posture, counts, now);
    counts_line(s, counts);
    buf_init(&contact, VIEW_LINE);
    screen_contact(&contact, call->provider, call->phone);
    if (counts[MET] != ARTICLES)
        screen_row(s, text("notice.call"), VIEW_LABEL, contact.data ? contact.data : "");
    buf_fini(&contact);
    cli_when(cli_str(posture, "checked_at"), when, sizeof when);
    screen_row(s, text("doors.checked"), VIEW_LABEL, *cli_str(posture, "checked_at") ? when : text("doors.checked.never"));
    screen_line(s, PLAIN, "");
    screen_line(s, BOLD, text("posture.title"));
    for (int i = 1; i <= ARTICLES; i++)
        article_part(s, posture, i);
}
