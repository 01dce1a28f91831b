#include "lib/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    char role[32];
    enum log_level least;
    int prefix; /* write sd-daemon level prefixes */
} setup = {.role = "mimamori", .least = LOG_LV_INFO};

void log_setup(const char *role, enum log_level least)
{
    snprintf(setup.role, sizeof setup.role, "%s", role);
    setup.least = least;
    setup.prefix = getenv("JOURNAL_STREAM") != NULL;
}

/* Outside text in a log line must not forge a second line or a terminal escape. */
static void blunt(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            *s = '?';
}

static void emit(enum log_level level, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
static void emit(enum log_level level, const char *format, va_list ap)
{
    char text[1024], line[1200];
    int n;

    if (level > setup.least)
        return;
    vsnprintf(text, sizeof text, format, ap);
    blunt(text);
    if (setup.prefix)
        n = snprintf(line, sizeof line, "<%d>%s: %s\n", (int)level, setup.role, text);
    else
        n = snprintf(line, sizeof line, "%s[%ld]: %s%s\n", setup.role, (long)getpid(),
                     level == LOG_LV_ERROR ? "error: " : level == LOG_LV_WARN ? "warning: " : "", text);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nowhere left to say it */
}

#define DEFINE(name, level)                  \
    void name(const char *format, ...)       \
    {                                        \
        va_list ap;                          \
        va_start(ap, format);                \
        emit(level, format, ap);             \
        va_end(ap);                          \
    }
DEFINE(log_error, LOG_LV_ERROR)
DEFINE(log_warn, LOG_LV_WARN)
DEFINE(log_info, LOG_LV_INFO)
DEFINE(log_debug, LOG_LV_DEBUG)
