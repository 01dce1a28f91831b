/* Whatever bytes stand as the journal of a publication: no crash; and one that is accepted names files of one folder
 * only, and is the same when it is written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "updater/publish/journal.h"
#include "updater/tuf/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(json_t *journal)
{
    json_t *files = json_object_get(journal, "files"), *unstage = json_object_get(journal, "unstage"), *one;
    char file[LIM_TUF_FILE];
    const char *name;
    size_t i;

    json_object_foreach(files, name, one)
        if (!name[0] || name[0] == '.' || strchr(name, '/') || strlen(name) >= LIM_TUF_FILE || !json_string_value(one))
            abort();
    json_array_foreach(unstage, i, one)
        if (tuf_role_file(json_string_value(one), file) || strchr(file, '/'))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *journal = NULL, *again = NULL;
    struct buf text;

    if (journal_read(data, size, &journal)) {
        if (journal)
            abort(); /* untouched on failure */
        return 0;
    }
    ask(journal);
    buf_init(&text, 64 * size + 1024);
    if (journal_write(json_object_get(journal, "files"), json_object_get(journal, "unstage"), &text) || journal_read(text.data, text.len, &again) ||
        !json_equal(json_object_get(journal, "files"), json_object_get(again, "files")) ||
        !json_equal(json_object_get(journal, "unstage"), json_object_get(again, "unstage")))
        abort();
    buf_fini(&text);
    json_decref(journal);
    json_decref(again);
    return 0;
}
