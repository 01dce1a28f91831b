#include "updater/publish/journal.h"

#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "updater/tuf/canonical.h"
#include "updater/tuf/names.h"

int journal_write(json_t *files, json_t *unstage, struct buf *out)
{
    json_t *journal = json_pack("{s:O,s:O}", "files", files, "unstage", unstage);
    char *text = journal ? json_dumps(journal, JSON_COMPACT) : NULL;
    int rc = text ? buf_adds(out, text) : MM_ENOMEM;

    free(text);
    json_decref(journal);
    return rc;
}

/* "timestamp.json", or "7.ROLE.json" in the letters that tuf_role_address makes: nothing that leaves a folder. */
static int is_file(const char *name)
{
    static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~%";
    size_t digits = strspn(name, "0123456789"), n = strlen(name);

    if (!strcmp(name, JOURNAL_TIMESTAMP))
        return 1;
    return digits && name[0] != '0' && name[digits] == '.' && n > digits + 6 && n < LIM_TUF_FILE && name[strspn(name, fine)] == '\0' &&
           !strcmp(name + n - 5, ".json");
}

static int is_sound(const json_t *journal)
{
    json_t *files = json_object_get(journal, "files"), *unstage = json_object_get(journal, "unstage");
    char file[LIM_TUF_FILE];

    if (!json_is_object(files) || !json_is_array(unstage))
        return 0;
    for (void *at = json_object_iter(files); at; at = json_object_iter_next(files, at))
        if (!is_file(json_object_iter_key(at)) || !json_is_string(json_object_iter_value(at)))
            return 0;
    for (size_t i = 0; i < json_array_size(unstage); i++) {
        const char *role = json_string_value(json_array_get(unstage, i));

        if (!role || tuf_role_file(role, file))
            return 0;
    }
    return 1;
}

int journal_read(const void *bytes, size_t n, json_t **out)
{
    json_t *journal = NULL;
    int rc = tuf_json_parse(bytes, n, &journal);

    if (!rc && !is_sound(journal))
        rc = MM_EFORMAT;
    if (rc)
        json_decref(journal);
    else
        *out = journal;
    return rc;
}
