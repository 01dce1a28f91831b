#include "console/console.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/durable.h"
#include "lib/enrol_code.h"
#include "lib/err.h"

#define PEM_BYTES 65536           /* any PEM file of ours */
#define RENEW_BEFORE (90 * 86400) /* serve issues a new server certificate this long before the end */

static const char *file_in(const char *dir, const char *name, char path[LIM_PATH])
{
    int n = snprintf(path, LIM_PATH, "%s/%s", dir, name);

    return n > 0 && n < LIM_PATH ? path : NULL;
}

static int write_in(const char *dir, const char *name, const struct buf *b, mode_t mode)
{
    char path[LIM_PATH];

    return file_in(dir, name, path) ? durable_write(path, b->data, b->len, mode) : MM_ELIMIT;
}

static int read_in(const char *dir, const char *name, struct buf *b)
{
    char path[LIM_PATH];

    return file_in(dir, name, path) ? durable_read(path, b) : MM_ELIMIT;
}

static void forget(struct buf *b)
{
    if (b->data)
        OPENSSL_cleanse(b->data, b->cap);
    buf_fini(b);
}

/* ---- init ---------------------------------------------------------------------- */

static int write_ca(const char *dir, const char *name)
{
    struct buf certificate, key;
    int rc;

    buf_init(&certificate, PEM_BYTES);
    buf_init(&key, PEM_BYTES);
    rc = ca_create(name, &certificate, &key);
    if (!rc)
        rc = write_in(dir, "ca.key", &key, 0600);
    if (!rc)
        rc = write_in(dir, "ca.pem", &certificate, 0644);
    buf_fini(&certificate);
    forget(&key);
    return rc;
}

/* command.key: two lines of hex, secret and public. */
static int write_command_key(const char *dir)
{
    uint8_t secret[ED25519_SECRET], pub[ED25519_PUBLIC];
    char hex[2][SHA256_HEX];
    struct buf b;
    int rc = ed25519_generate(secret, pub);

    if (rc)
        return rc;
    crypto_hex(secret, sizeof secret, hex[0]);
    crypto_hex(pub, sizeof pub, hex[1]);
    buf_init(&b, PEM_BYTES);
    rc = buf_addf(&b, "%s\n%s\n", hex[0], hex[1]);
    if (!rc)
        rc = write_in(dir, "command.key", &b, 0600);
    forget(&b);
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(hex, sizeof hex);
    return rc;
}

static int write_config(const char *dir, const struct console_setup *setup, char *message, size_t size)
{
    struct console_config config;
    struct config_list hosts = {.item = NULL};
    struct buf b;
    char *text = NULL;
    size_t n = 0;
    FILE *out;
    int rc = console_config_load(&config, NULL, message, size);

    if (rc)
        return rc;
    /* Our own values replace the defaults for the length of the dump. */
    hosts = config.hosts;
    config.hosts.count = setup->nhosts;
    config.hosts.item = calloc(setup->nhosts, sizeof(char *));
    out = open_memstream(&text, &n);
    if (config.hosts.item && out) {
        for (unsigned i = 0; i < setup->nhosts; i++)
            memcpy(&config.hosts.item[i], &setup->host[i], sizeof(char *));
        snprintf(config.name, sizeof config.name, "%s", setup->name);
        config.port = setup->port;
        config.api_port = setup->api_port;
        config.heartbeat = setup->heartbeat;
        console_config_dump(&config, out);
    }
    if (out)
        fclose(out);
    free(config.hosts.item);
    config.hosts = hosts;
    console_config_free(&config);
    b = (struct buf){.data = text, .len = n};
    rc = text && n ? write_in(dir, "console.ini", &b, 0600) : MM_ENOMEM;
    free(text);
    return rc;
}

static int check_setup(const struct console_setup *s, char *message, size_t size)
{
    size_t n = strlen(s->name);

    if (!n || n >= LIM_TITLE || s->name[0] == ' ' || s->name[n - 1] == ' ' || strpbrk(s->name, "\r\n\t;#\""))
        snprintf(message, size, "the name must be one line of 1 to %d bytes without ; # \" and outer blanks", LIM_TITLE - 1);
    else if (!s->nhosts)
        snprintf(message, size, "at least one --host is needed: the name or address at which agents reach this console");
    else
        return MM_OK;
    return MM_EINVAL;
}

int console_init(const char *dir, const struct console_setup *setup, char *message, size_t size)
{
    char path[LIM_PATH];
    struct buf certificate, key;
    struct console *c = NULL;
    struct store *store = NULL;
    int rc = check_setup(setup, message, size);

    if (rc)
        return rc;
    if (!file_in(dir, "console.db", path))
        return MM_ELIMIT;
    if (access(path, F_OK) == 0) {
        snprintf(message, size, "%s: there is a console already", dir);
        return MM_EEXIST;
    }
    snprintf(message, size, "%s cannot be written", dir);
    rc = durable_mkdir(dir, 0700);
    if (!rc && chmod(dir, 0700) < 0)
        rc = MM_EDENIED;
    if (!rc)
        rc = write_ca(dir, setup->name);
    if (!rc)
        rc = write_command_key(dir);
    if (!rc)
        rc = write_config(dir, setup, message, size);
    if (!rc)
        rc = store_open(path, 1, &store);
    store_close(store);
    if (rc)
        return rc;
    buf_init(&certificate, PEM_BYTES);
    buf_init(&key, PEM_BYTES);
    rc = console_open(dir, &c, message, size);
    if (!rc) {
        rc = console_server_files(c, &certificate, &key, NULL);
        if (rc)
            snprintf(message, size, "a host name is not acceptable: letters, digits, dots and dashes, or an address");
    }
    console_close(c);
    buf_fini(&certificate);
    forget(&key);
    if (rc)
        unlink(path); /* so that init can be tried again */
    return rc;
}

/* ---- open ------------------------------------------------------------------------ */

static int read_command_key(struct console *c)
{
    struct buf b;
    int rc;

    buf_init(&b, PEM_BYTES);
    rc = read_in(c->dir, "command.key", &b);
    if (!rc && (b.len != 130 || b.data[64] != '\n' || b.data[129] != '\n'))
        rc = MM_EFORMAT;
    if (!rc) {
        b.data[64] = b.data[129] = '\0';
        rc = crypto_unhex(b.data, c->secret, sizeof c->secret);
    }
    if (!rc)
        rc = crypto_unhex(b.data + 65, c->key.pub, sizeof c->key.pub);
    forget(&b);
    if (!rc)
        ed25519_keyid(c->key.pub, c->key.keyid);
    return rc;
}

static int read_ca(struct console *c)
{
    struct buf key;
    int rc;

    buf_init(&key, PEM_BYTES);
    buf_init(&c->ca_pem, PEM_BYTES);
    rc = read_in(c->dir, "ca.pem", &c->ca_pem);
    if (!rc)
        rc = read_in(c->dir, "ca.key", &key);
    if (!rc)
        rc = c->ca_pem.data && key.data ? ca_load(c->ca_pem.data, key.data, &c->ca) : MM_EFORMAT;
    if (!rc)
        rc = ca_pin(c->ca, c->pin);
    forget(&key);
    return rc;
}

/* Secrets that others can read are not secrets. */
static int check_modes(const char *dir, char *message, size_t size)
{
    static const char *const names[] = {"ca.key", "command.key"};
    char path[LIM_PATH];
    struct stat st;

    for (unsigned i = 0; i < 2; i++) {
        if (!file_in(dir, names[i], path) || stat(path, &st) < 0) {
            snprintf(message, size, "%s: no console here (mimamori-console --dir DIR init ...)", dir);
            return MM_ENOTFOUND;
        }
        if (st.st_mode & 077) {
            snprintf(message, size, "%s is readable by others: chmod 600 it and consider it known", path);
            return MM_EDENIED;
        }
    }
    return MM_OK;
}

static int open_parts(struct console *c, char *message, size_t size)
{
    char path[LIM_PATH];
    int rc = check_modes(c->dir, message, size);

    if (rc)
        return rc;
    if (!file_in(c->dir, "console.ini", path))
        return MM_ELIMIT;
    rc = console_config_load(&c->config, path, message, size);
    if (rc)
        return rc;
    snprintf(message, size, "%s: the certificate authority's files are damaged", c->dir);
    rc = read_ca(c);
    if (rc)
        return rc;
    snprintf(message, size, "%s/command.key is damaged", c->dir);
    rc = read_command_key(c);
    if (rc)
        return rc;
    snprintf(message, size, "%s/console.db cannot be opened", c->dir);
    return file_in(c->dir, "console.db", path) ? store_open(path, 0, &c->store) : MM_ELIMIT;
}

int console_open(const char *dir, struct console **out, char *message, size_t size)
{
    struct console *c;
    int rc;

    if (strlen(dir) >= sizeof c->dir)
        return MM_ELIMIT;
    c = calloc(1, sizeof *c);
    if (!c)
        return MM_ENOMEM;
    memcpy(c->dir, dir, strlen(dir) + 1);
    rc = open_parts(c, message, size);
    if (rc) {
        console_close(c);
        return rc;
    }
    *out = c;
    return MM_OK;
}

void console_close(struct console *c)
{
    if (!c)
        return;
    store_close(c->store);
    ca_free(c->ca);
    buf_fini(&c->ca_pem);
    console_config_free(&c->config);
    OPENSSL_cleanse(c->secret, sizeof c->secret);
    free(c);
}

static int issue_server(struct console *c, struct buf *certificate, struct buf *key)
{
    int rc;

    buf_reset(certificate);
    buf_reset(key);
    rc = ca_issue_server(c->ca, &c->config.hosts, certificate, key);
    if (!rc)
        rc = write_in(c->dir, "server.key", key, 0600);
    return rc ? rc : write_in(c->dir, "server.pem", certificate, 0644);
}

int console_server_files(struct console *c, struct buf *certificate, struct buf *key, int *renewed)
{
    int64_t expires = 0;
    int rc = read_in(c->dir, "server.pem", certificate), fresh = 0;

    if (!rc)
        rc = read_in(c->dir, "server.key", key);
    if (rc || !certificate->data || !key->data || ca_expiry(certificate->data, &expires) ||
        expires < (int64_t)time(NULL) + RENEW_BEFORE || !ca_server_fits(c->ca, certificate->data, &c->config.hosts)) {
        rc = issue_server(c, certificate, key);
        fresh = 1;
    }
    if (!rc)
        rc = buf_add(certificate, c->ca_pem.data, c->ca_pem.len);
    if (!rc && renewed)
        *renewed = fresh;
    return rc;
}
