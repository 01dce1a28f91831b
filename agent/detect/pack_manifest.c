#include "agent/detect/pack_manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/engine.h"
#include "lib/err.h"

static int name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/* A plain file name with this ending. */
static int plain(const char *name, const char *ending)
{
    size_t n = strlen(name), e = strlen(ending);

    for (size_t i = 0; i < n; i++)
        if (!name_char(name[i]))
            return 0;
    return n > e && name[0] != '.' && !strcmp(name + n - e, ending);
}

int manifest_path(const char *path, enum rule_family *family, int *sample)
{
    const char *slash = strchr(path, '/');
    enum rule_family found = slash ? engine_family(path, (size_t)(slash - path)) : FAMILY_COUNT;
    int in_samples;

    if (found == FAMILY_COUNT || strlen(path) >= LIM_NAME)
        return MM_EFORMAT;
    in_samples = !strncmp(slash + 1, "samples/", 8);
    if (!plain(slash + 1 + (in_samples ? 8 : 0), in_samples ? ".json" : ".yar"))
        return MM_EFORMAT;
    *family = found;
    *sample = in_samples;
    return MM_OK;
}

int manifest_version_cmp(const char *a, const char *b)
{
    while (*a || *b) {
        char *enda, *endb;
        unsigned long x = strtoul(a, &enda, 10), y = strtoul(b, &endb, 10);

        if (x != y)
            return x < y ? -1 : 1;
        a = *enda == '.' ? enda + 1 : enda + strlen(enda);
        b = *endb == '.' ? endb + 1 : endb + strlen(endb);
    }
    return 0;
}

/* Dotted numbers and nothing else. */
static int is_version(const char *s)
{
    size_t n = strlen(s);

    return n && n < LIM_TAG && strspn(s, "0123456789.") == n && s[0] != '.' && s[n - 1] != '.' && !strstr(s, "..");
}

static const char *text_of(const json_t *o, const char *key, size_t max)
{
    const json_t *v = json_object_get(o, key);
    size_t n = json_string_length(v);

    return json_is_string(v) && n && n < max && strlen(json_string_value(v)) == n ? json_string_value(v) : NULL;
}

static const char *read_file(const json_t *o, struct manifest_file *f)
{
    const char *path = text_of(o, "path", LIM_NAME), *hash = text_of(o, "sha256", SHA256_HEX);
    const char *family = text_of(o, "family", LIM_TAG), *kind = text_of(o, "kind", LIM_TAG);

    if (!path || !family || !kind)
        return "a file needs path, sha256, family and kind";
    if (manifest_path(path, &f->family, &f->sample))
        return "a path is not FAMILY/NAME.yar or FAMILY/samples/NAME.json";
    if (strcmp(engine_family_name(f->family), family) || strcmp(f->sample ? "sample" : "source", kind))
        return "family or kind does not fit the path";
    if (!hash || strlen(hash) != SHA256_HEX - 1 || crypto_unhex(hash, f->sha256, SHA256_BYTES))
        return "sha256 is not 64 hex digits";
    snprintf(f->path, sizeof f->path, "%s", path);
    return NULL;
}

static const char *read_files(const json_t *list, struct manifest *m)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || !n || n > LIM_PACK_FILES)
        return "files is no list, empty or too long";
    m->file = calloc(n, sizeof *m->file);
    if (!m->file)
        return "out of memory";
    for (m->files = 0; m->files < n; m->files++) {
        const char *why = read_file(json_array_get(list, m->files), &m->file[m->files]);

        if (why)
            return why;
        for (size_t i = 0; i < m->files; i++)
            if (!strcmp(m->file[i].path, m->file[m->files].path))
                return "a path is listed twice";
    }
    return NULL;
}

static const char *read_all(const json_t *root, struct manifest *m)
{
    const char *name = text_of(root, "name", sizeof m->name), *version = text_of(root, "version", sizeof m->version);
    const char *least = text_of(root, "minimum_agent", sizeof m->minimum_agent);

    if (!json_is_object(root) || !name || !version || !least)
        return "name, version and minimum_agent are needed, as texts";
    if (!is_version(version) || !is_version(least))
        return "version and minimum_agent are numbers with dots";
    snprintf(m->name, sizeof m->name, "%s", name);
    snprintf(m->version, sizeof m->version, "%s", version);
    snprintf(m->minimum_agent, sizeof m->minimum_agent, "%s", least);
    return read_files(json_object_get(root, "files"), m);
}

int manifest_parse(const char *text, size_t n, struct manifest *m, int *line, char *why, size_t why_n)
{
    struct manifest found = {0};
    json_error_t e;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
    const char *error = root ? read_all(root, &found) : e.text;

    if (error) {
        *line = !root && e.line > 0 ? e.line : 1;
        snprintf(why, why_n, "%s", error);
        manifest_fini(&found);
    } else {
        *m = found;
    }
    json_decref(root);
    return error ? MM_EFORMAT : MM_OK;
}

void manifest_fini(struct manifest *m)
{
    free(m->file);
    *m = (struct manifest){0};
}
