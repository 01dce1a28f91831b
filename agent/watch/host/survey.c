/* The frame around the modules: a root that nobody can lead us out of, items out. */
#include "agent/watch/host/survey.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/host/installed.h"
#include "agent/watch/host/survey_os.h"
#include "lib/err.h"
#include "lib/limits.h"
#include "lib/unicode.h"

static const struct module {
    const char *name;
    void (*run)(struct survey *s);
} MODULES[] = {
    {"programs", survey_programs}, {"candidates", survey_candidates}, {"listeners", survey_listeners}, {"ssh", survey_ssh},
    {"updates", survey_updates},   {"malware", survey_malware},       {"passwords", survey_passwords}, {"shares", survey_shares},
    {"backup", survey_backup},
};

int survey_init(struct survey *s, const char *root_path, int64_t now)
{
    int fd = survey_os_root(root_path);

    if (fd < 0)
        return fd;
    memset(s, 0, sizeof *s);
    s->root = fd;
    s->live = !strcmp(root_path, "/");
    s->now = now;
    s->firewall_error = "";
    buf_init(&s->out, LIM_SURVEY_BYTES);
    return MM_OK;
}

void survey_fini(struct survey *s)
{
    close(s->root);
    for (unsigned i = 0; i < s->binaries; i++)
        close(s->binary[i].fd);
    installed_free(s->installed);
    buf_fini(&s->out);
}

void survey_run(struct survey *s)
{
    for (size_t i = 0; i < sizeof MODULES / sizeof *MODULES; i++)
        MODULES[i].run(s);
}

int survey_run_one(struct survey *s, const char *name)
{
    for (size_t i = 0; i < sizeof MODULES / sizeof *MODULES; i++) {
        if (!strcmp(MODULES[i].name, name)) {
            MODULES[i].run(s);
            return MM_OK;
        }
    }
    return MM_ENOTFOUND;
}

/* ---- looking ------------------------------------------------------------------------ */

int survey_open(const struct survey *s, const char *path)
{
    struct stat st;
    int fd = survey_os_open(s->root, path);

    if (fd < 0)
        return fd;
    if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return fd;
    close(fd);
    return MM_EFORMAT;
}

int survey_read(const struct survey *s, const char *path, size_t max, struct buf *out)
{
    int fd = survey_open(s, path), rc = MM_OK;
    size_t got = 0;
    ssize_t n = 1;
    char part[16384];

    if (fd < 0)
        return fd;
    while (rc == MM_OK && got < max && (n = read(fd, part, sizeof part < max - got ? sizeof part : max - got)) > 0) {
        rc = buf_add(out, part, (size_t)n);
        got += (size_t)n;
    }
    if (n < 0)
        rc = MM_EIO;
    else if (rc == MM_OK && got == max && read(fd, part, 1) == 1)
        rc = MM_ELIMIT;
    if (rc == MM_OK && !out->data)
        rc = buf_add(out, "", 0);
    close(fd);
    return rc;
}

int survey_stat(const struct survey *s, const char *path, struct stat *st)
{
    return survey_os_stat(s->root, path, st);
}

DIR *survey_dir(const struct survey *s, const char *path, int *rc)
{
    int fd = survey_open(s, path);
    DIR *d;

    if (fd < 0) {
        *rc = fd;
        return NULL;
    }
    d = fdopendir(fd);
    if (!d) {
        close(fd);
        *rc = MM_EFORMAT;
        return NULL;
    }
    *rc = MM_OK;
    return d;
}

char *survey_line(char **rest)
{
    char *line = *rest, *end;

    if (!line || !*line)
        return NULL;
    end = strchr(line, '\n');
    if (end)
        *end++ = '\0';
    *rest = end;
    return line + strspn(line, " \t\r");
}

char *survey_whole_line(char **rest)
{
    char *line = survey_line(rest), *last = line;

    while (last && *rest && *last && last[strlen(last) - 1] == '\\') {
        size_t n = strlen(last);

        last[n - 1] = last[n] = ' '; /* the NUL stood for the line's end: both lines are one text now */
        last = survey_line(rest);
    }
    return line;
}

/* ---- telling ------------------------------------------------------------------------ */

void survey_put(struct survey *s, json_t *item)
{
    char *line = item ? json_dumps(item, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    size_t before = s->out.len;

    if (line && strlen(line) < LIM_SURVEY_ITEM && s->items < LIM_SURVEY_ITEMS && buf_adds(&s->out, line) == MM_OK &&
        buf_adds(&s->out, "\n") == MM_OK) {
        s->items++;
    } else {
        s->out.len = before;
        s->lost++;
    }
    free(line);
    json_decref(item);
}

/* Text from outside as a JSON string: never refused, what is no UTF-8 is written as \xNN. */
json_t *survey_string(const char *text)
{
    struct buf clean;
    json_t *string;

    buf_init(&clean, LIM_SURVEY_ITEM);
    if (uni_clean(&clean, text, strnlen(text, LIM_SURVEY_TEXT)))
        buf_reset(&clean);
    string = json_string(clean.data && clean.len ? clean.data : "");
    buf_fini(&clean);
    return string;
}

void survey_check(struct survey *s, unsigned article, const char *check, enum survey_state state, const char *subject,
                  const char *const *args, unsigned nargs, const char *evidence)
{
    static const char *const STATES[] = {"met", "partly", "unmet", "unknown"};
    json_t *list = json_array();

    for (unsigned i = 0; i < nargs; i++)
        json_array_append_new(list, survey_string(args[i]));
    survey_put(s, json_pack("{s:s, s:i, s:s, s:s, s:o, s:o, s:o}", "kind", "check", "article", (int)article, "check", check,
                            "state", STATES[state], "subject", survey_string(subject), "args", list, "evidence",
                            survey_string(evidence)));
}

void survey_binary(struct survey *s, const char *path, const char *id)
{
    int fd = s->binaries < LIM_SURVEY_BINARIES && strlen(id) < LIM_NAME ? survey_open(s, path) : -1;

    if (fd < 0)
        return;
    s->binary[s->binaries].fd = fd;
    memcpy(s->binary[s->binaries++].id, id, strlen(id) + 1);
}
