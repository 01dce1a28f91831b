/* Ownership: a screen owns its collected bytes.  A failed append (memory) loses
 * text, never more: what is shown is for people. */
#include "lib/screen.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "lib/unicode.h"
#include "lib/width.h"

#define COLUMNS_DEFAULT 80
#define COLUMNS_LEAST 40
#define COLUMNS_MOST 200

static const char *const colour_code[] = {
    [PLAIN] = "", [GREEN] = "\033[1;32m", [YELLOW] = "\033[1;33m", [RED] = "\033[1;31m", [BOLD] = "\033[1m",
    [DIM] = "\033[2m"};

void screen_init(struct screen *s, bool tty)
{
    const char *columns = getenv("COLUMNS");
    long n = columns ? strtol(columns, NULL, 10) : 0;

    buf_init(&s->out, 4 * LIM_CONTROL_FRAME);
    s->columns = n >= COLUMNS_LEAST && n <= COLUMNS_MOST ? (unsigned)n : COLUMNS_DEFAULT;
    s->colour = tty;
}

void screen_fini(struct screen *s)
{
    buf_fini(&s->out);
}

void screen_show(struct screen *s)
{
    if (s->out.len)
        fwrite(s->out.data, 1, s->out.len, stdout);
    fflush(stdout);
    buf_reset(&s->out);
}

/* ---- width --------------------------------------------------------------------- */

unsigned screen_width(const char *text)
{
    return width_text(text);
}

/* ---- what others wrote ------------------------------------------------------------ */

/* Characters that change the order or the look of their neighbours, or show nothing. */
static bool deceptive(uint32_t c)
{
    return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0x061c || c == 0x00ad || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

int screen_escape(struct buf *out, const char *text)
{
    size_t n = strlen(text);

    while (n) {
        uint32_t c;
        size_t used = uni_next(text, n, &c);
        int rc;

        if (c < 0x20 || c == 0x7f || (c == UNI_BAD && used == 1))
            rc = buf_addf(out, "\\x%02x", (unsigned char)*text);
        else if (deceptive(c) || width_char(c) < 0)
            rc = buf_addf(out, "\\u{%x}", (unsigned)c);
        else
            rc = buf_add(out, text, used);
        if (rc)
            return rc;
        text += used;
        n -= used;
    }
    return MM_OK;
}

char *screen_escaped(const char *text)
{
    struct buf b;

    buf_init(&b, 8 * LIM_CONTROL_FRAME);
    if (buf_adds(&b, "") || screen_escape(&b, text)) {
        buf_fini(&b);
        return NULL;
    }
    return buf_take(&b);
}

/* ---- columns ------------------------------------------------------------------------ */

static void spaces(struct screen *s, unsigned n)
{
    while (n--)
        buf_add(&s->out, " ", 1);
}

/* Bytes at the front of `text` that fit into `width` columns; *used gets their columns. */
static size_t fit(const char *text, unsigned width, unsigned *used)
{
    size_t n = strlen(text), at = 0;

    *used = 0;
    while (at < n) {
        uint32_t c;
        size_t bytes = uni_next(text + at, n - at, &c);
        int w = width_char(c);
        unsigned cols = w > 0 ? (unsigned)w : 0;

        if (*used + cols > width)
            break;
        *used += cols;
        at += bytes;
    }
    return at;
}

void screen_cell(struct screen *s, const char *text, unsigned width, bool tail)
{
    unsigned full = screen_width(text), used;
    size_t n;

    if (full <= width) {
        buf_adds(&s->out, text);
        spaces(s, width - full);
        return;
    }
    if (width < 3)
        return;
    if (!tail) {
        n = fit(text, width - 3, &used);
        buf_add(&s->out, text, n);
        buf_adds(&s->out, "...");
        spaces(s, width - 3 - used);
        return;
    }
    n = fit(text, full - (width - 3), &used); /* what goes away */
    if (used < full - (width - 3) && text[n]) { /* half of a wide character would stay */
        uint32_t c;

        n += uni_next(text + n, strlen(text + n), &c);
    }
    used = screen_width(text + n);
    buf_adds(&s->out, "...");
    buf_adds(&s->out, text + n);
    spaces(s, width - 3 - used);
}

/* Characters that must not begin a line (JIS X 4051, the common ones). */
static bool no_line_start(uint32_t c)
{
    static const uint32_t closing[] = {0x3001, 0x3002, 0xff0c, 0xff0e, 0xff09, 0x300d, 0x300f, 0xff1a, 0xff1f,
                                       0xff01, 0x30fb, 0x30fc, 0x3063, 0x3083, 0x3085, 0x3087, 0x30c3, 0x30e3,
                                       0x30e5, 0x30e7, ')', ',', '.', ':', ';', '!', '?'};

    for (size_t i = 0; i < sizeof closing / sizeof *closing; i++)
        if (closing[i] == c)
            return true;
    return false;
}

/* Where to end a line of `text` that is too long for `width` columns: at a space,
 * between wide characters, or - when there is neither - at the last column. */
static size_t line_end(const char *text, unsigned width)
{
    unsigned used;
    size_t most = fit(text, width, &used), at = 0, best = 0;
    bool wide_before = false;

    if (!text[most])
        return most;
    while (at <= most && text[at]) {
        uint32_t c;
        size_t bytes = uni_next(text + at, strlen(text + at), &c);
        bool wide = width_char(c) == 2;

        if (at && (c == ' ' || ((wide || wide_before) && !no_line_start(c))))
            best = at;
        wide_before = wide;
        at += bytes;
    }
    return best ? best : most ? most : at;
}

void screen_wrap(struct screen *s, unsigned indent, const char *text)
{
    unsigned width = s->columns > indent + 10 ? s->columns - indent : 10;

    for (;;) {
        size_t n = line_end(text, width);

        buf_add(&s->out, text, n);
        buf_add(&s->out, "\n", 1);
        text += n;
        text += strspn(text, " ");
        if (!*text)
            return;
        spaces(s, indent);
    }
}

void screen_row(struct screen *s, const char *label, unsigned width, const char *text)
{
    spaces(s, 2);
    screen_cell(s, label, width, false);
    spaces(s, 2);
    screen_wrap(s, width + 4, text);
}

void screen_paint(struct screen *s, enum screen_colour colour)
{
    if (s->colour)
        buf_adds(&s->out, colour == PLAIN ? "\033[0m" : colour_code[colour]);
}

void screen_line(struct screen *s, enum screen_colour colour, const char *text)
{
    if (s->colour)
        buf_adds(&s->out, colour_code[colour]);
    buf_adds(&s->out, text);
    if (s->colour && colour != PLAIN)
        buf_adds(&s->out, "\033[0m");
    buf_add(&s->out, "\n", 1);
}

void screen_format(struct buf *out, const char *key, const char *a, const char *b, const char *c)
{
    const char *const args[] = {a, b, c};

    text_format(out, key, args, 3);
}

void screen_contact(struct buf *out, const char *provider, const char *phone)
{
    char *who = screen_escaped(provider), *number = screen_escaped(phone);
    const char *key = "notice.call.none";

    if (who && *who)
        key = number && *number ? "notice.call.both" : "notice.call.provider";
    else if (number && *number)
        key = "notice.call.phone";
    if (!strcmp(key, "notice.call.phone"))
        screen_format(out, key, number, NULL, NULL);
    else
        screen_format(out, key, who, number, NULL);
    free(who);
    free(number);
}
