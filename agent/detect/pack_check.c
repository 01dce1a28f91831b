/* The checker of a directory: the loader's own code, and the maker of manifests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/detect/content_source.h"
#include "agent/detect/pack.h"
#include "agent/detect/pack_dir.h"
#include "lib/crypto.h"
#include "lib/err.h"

static int load(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    struct content_source s;
    char *bytes;
    size_t got;
    int rc = source_open(&s, fd);

    if (!rc && s.size > LIM_PACK_BYTES)
        rc = MM_ELIMIT;
    if (rc)
        return rc;
    bytes = malloc((size_t)s.size + 1);
    if (!bytes)
        return MM_ENOMEM;
    got = source_read(&s, 0, bytes, (size_t)s.size);
    rc = pack_add(context, file, bytes, got);
    free(bytes);
    if (rc)
        snprintf(msg, n, "%s: %s", file->name, mm_strerror(rc));
    return rc;
}

int pack_check_dir(const char *dir, int (*before_reading)(void *), void *context, FILE *out)
{
    struct scan_packed report = {0};
    struct pack *p = pack_new();
    struct engine *e = NULL;
    int rc = p ? engine_setup() : MM_ENOMEM;

    if (!rc) {
        rc = pack_dir_walk(dir, NULL, 0, load, p, NULL, report.message, sizeof report.message);
        if (!rc && before_reading)
            rc = before_reading(context);
        if (!rc)
            rc = pack_build(p, &e, &report);
        engine_free(e);
        engine_teardown();
    }
    pack_free(p);
    if (rc) {
        fprintf(out, "%s\n", report.message[0] ? report.message : mm_strerror(rc));
        return rc;
    }
    fprintf(out, "%s: version %s is well:", dir, report.version);
    for (int f = 0; f < FAMILY_COUNT; f++)
        fprintf(out, " %s %u,", engine_family_name((enum rule_family)f), report.rules[f]);
    fprintf(out, " %u samples\n", report.samples);
    return MM_OK;
}

struct listing {
    FILE *out;
    unsigned n;
};

static int list(void *context, const struct scan_pack_file *file, int fd, char *msg, size_t n)
{
    struct listing *l = context;
    uint8_t hash[SHA256_BYTES];
    char hex[SHA256_HEX];
    int rc;

    (void)msg;
    (void)n;
    if (file->what == PACK_MANIFEST)
        return MM_OK;
    rc = crypto_sha256_fd(fd, hash);
    if (rc)
        return rc;
    crypto_hex(hash, sizeof hash, hex);
    fprintf(l->out, "%s\n  {\"path\": \"%s\", \"sha256\": \"%s\", \"family\": \"%s\", \"kind\": \"%s\"}", l->n++ ? "," : "", file->name,
            hex, engine_family_name((enum rule_family)file->family), file->what == PACK_SAMPLE ? "sample" : "source");
    return MM_OK;
}

int pack_print_manifest(const char *dir, const char *name, const char *version, FILE *out)
{
    struct listing l = {.out = out};
    char msg[512];
    int rc;

    fprintf(out, "{\"name\": \"%s\", \"version\": \"%s\", \"minimum_agent\": \"0.2.0\", \"files\": [", name, version);
    rc = pack_dir_walk(dir, NULL, 1, list, &l, NULL, msg, sizeof msg);
    fprintf(out, "\n]}\n");
    if (rc)
        fprintf(stderr, "%s\n", msg);
    return rc;
}
