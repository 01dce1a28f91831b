/* Text for a terminal: display width of East Asian characters, padding, cutting,
 * wrapping, escaping of what somebody else wrote, colour only on a terminal.
 *
 * Pure but for screen_show.  Two kinds of strings: *ours* come from the
 * catalogue and may be printed as they are; everything that came from the agent
 * (file names, command lines, operators' words) goes through screen_escape first. */
#ifndef MM_LIB_SCREEN_H
#define MM_LIB_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

enum screen_colour { PLAIN = 0, GREEN, YELLOW, RED, BOLD, DIM };

struct screen {
    struct buf out;
    unsigned columns;   /* 40..200, 80 by default */
    bool colour;
};

/* Columns by the environment's COLUMNS, colour when `tty`. */
void screen_init(struct screen *s, bool tty);
void screen_fini(struct screen *s);
/* Write what was collected to standard output and forget it. */
void screen_show(struct screen *s);

/* Columns that `text` (UTF-8) takes; characters without a width take none. */
unsigned screen_width(const char *text);
/* Append `text` made harmless: control characters, invalid UTF-8 and characters
 * that turn or hide others become \xNN or \u{NNNN}. */
int screen_escape(struct buf *out, const char *text);
/* The same into a static-free string; the caller frees.  NULL: no memory. */
char *screen_escaped(const char *text);

/* Append `text`, cut to `width` columns ("..." at the end, or at the front with `tail`), filled up with spaces. */
void screen_cell(struct screen *s, const char *text, unsigned width, bool tail);
/* Append `text` from column `indent` on, wrapped at the last column; ends the line. */
void screen_wrap(struct screen *s, unsigned indent, const char *text);
/* A labelled paragraph: label in a cell of `width` columns after two spaces, then the text wrapped beside it. */
void screen_row(struct screen *s, const char *label, unsigned width, const char *text);
/* Append a line in a colour. */
void screen_line(struct screen *s, enum screen_colour colour, const char *text);
/* From here on in this colour, until PLAIN; nothing without a terminal.  Takes no columns. */
void screen_paint(struct screen *s, enum screen_colour colour);
/* Append a catalogue text with arguments; they must be harmless already. */
void screen_format(struct buf *out, const char *key, const char *a, const char *b, const char *c);

/* Whom to call: provider and number, each may be ""; a sentence of the catalogue. */
void screen_contact(struct buf *out, const char *provider, const char *phone);

#endif
