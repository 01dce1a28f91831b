/* Writing side.  One transaction collects rows (see journal.h); `now` is what
 * the open transaction has reached, `saved` what is on the disk.  Any failure
 * rolls back to `saved`, so the two can never disagree with the file. */
#include "agent/report/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/report/journal_db.h"
#include "lib/err.h"

#define LOCK_STEP_MS 20
#define CHECK_BYTES (16 << 20)   /* up to this size the whole file is checked at start (about 50 ms) */
#define CHECK_TAIL 256           /* rows at the end whose chain is always checked */
#define TRIM_ROWS 64             /* rows deleted at a time: small enough not to overshoot a small journal */
#define KEPT_BAD 3               /* damaged journals kept beside; the first two are never overwritten */
#define MEMORY_LIMIT (8u << 20)  /* a journal in memory is bounded by what core may use */
#define DB_NAME "journal.db"

static const char *const stmt_text[JS_COUNT] = {
    [JS_BEGIN] = "BEGIN IMMEDIATE",
    [JS_COMMIT] = "COMMIT",
    [JS_ROLLBACK] = "ROLLBACK",
    [JS_INSERT] = ("INSERT INTO event(seq,wall,mono,boot,severity,uid,incident,body,prev,hash)"
                   " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"),
    [JS_META_SET] = "INSERT INTO meta(key,value) VALUES(?1,?2) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
    [JS_META_GET] = "SELECT value FROM meta WHERE key=?1",
};

int journal_db_err(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return MM_OK;
    case SQLITE_NOMEM: return MM_ENOMEM;
    case SQLITE_FULL: return MM_ENOSPC;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return MM_EDB;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return MM_EDENIED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return MM_ESTATE;
    case SQLITE_TOOBIG: return MM_ELIMIT;
    default: return MM_EIO;
    }
}

int journal_hash(uint64_t seq, const void *body, size_t n, const uint8_t before[SHA256_BYTES],
                 uint8_t out[SHA256_BYTES])
{
    uint8_t *all = malloc(8 + n + SHA256_BYTES);
    int rc;

    if (!all)
        return MM_ENOMEM;
    for (int i = 0; i < 8; i++)
        all[i] = (uint8_t)(seq >> (56 - 8 * i));
    memcpy(all + 8, body, n);
    memcpy(all + 8 + n, before, SHA256_BYTES);
    rc = crypto_sha256(all, 8 + n + SHA256_BYTES, out);
    free(all);
    return rc;
}

/* ---- statements ---------------------------------------------------------------- */

static int step_once(sqlite3_stmt *s)
{
    int rc = sqlite3_step(s);

    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return journal_db_err(rc);
}

static void roll_back(struct journal *j)
{
    if (j->db && !sqlite3_get_autocommit(j->db))
        step_once(j->stmt[JS_ROLLBACK]);
    j->in_transaction = 0;
    j->now = j->saved;
}

static int begin(struct journal *j)
{
    int rc;

    if (j->in_transaction)
        return MM_OK;
    rc = step_once(j->stmt[JS_BEGIN]);
    if (rc == MM_OK)
        j->in_transaction = 1;
    return rc;
}

static int meta_set_int(struct journal *j, const char *key, uint64_t value)
{
    sqlite3_stmt *s = j->stmt[JS_META_SET];

    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, (sqlite3_int64)value);
    return step_once(s);
}

static int meta_set_blob(struct journal *j, const char *key, const void *data, size_t n)
{
    sqlite3_stmt *s = j->stmt[JS_META_SET];

    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_blob(s, 2, data, (int)n, SQLITE_STATIC);
    return step_once(s);
}

uint64_t journal_number(struct journal *j, const char *key)
{
    sqlite3_stmt *s = j->stmt[JS_META_GET];
    uint64_t value = 0;

    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW)
        value = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return value;
}

static int meta_get_blob(struct journal *j, const char *key, void *out, size_t n)
{
    sqlite3_stmt *s = j->stmt[JS_META_GET];
    int rc = MM_ENOTFOUND;

    sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_bytes(s, 0) == (int)n) {
        memcpy(out, sqlite3_column_blob(s, 0), n);
        rc = MM_OK;
    }
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return rc;
}

static uint64_t scalar(struct journal *j, const char *sql)
{
    sqlite3_stmt *s = NULL;
    uint64_t value = 0;

    if (sqlite3_prepare_v2(j->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW)
        value = (uint64_t)sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return value;
}

/* ---- opening --------------------------------------------------------------------- */

static char *file_name(const struct journal *j, const char *name)
{
    size_t n = strlen(j->dir) + strlen(name) + 2;
    char *path = malloc(n);

    if (path)
        snprintf(path, n, "%s/%s", j->dir, name);
    return path;
}

static void close_db(struct journal *j)
{
    for (unsigned i = 0; i < JS_COUNT; i++) {
        sqlite3_finalize(j->stmt[i]);
        j->stmt[i] = NULL;
    }
    sqlite3_close(j->db);
    j->db = NULL;
    j->in_transaction = 0;
}

/* Two cores must never write at once; the old one may be just ending. */
static int take_lock(struct journal *j)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
    char *path = file_name(j, "journal.lock");
    int fd;

    if (!path)
        return MM_ENOMEM;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    if (fd < 0)
        return mm_from_errno(errno);
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += LOCK_STEP_MS) {
        if (waited >= JOURNAL_LOCK_MS || errno != EWOULDBLOCK) {
            close(fd);
            return MM_ESTATE;
        }
        nanosleep(&step, NULL);
    }
    j->lock_fd = fd;
    return MM_OK;
}

/* The file exists with 0600 before SQLite opens it; its -wal takes the same mode. */
static int make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return mm_from_errno(errno);
    close(fd);
    return MM_OK;
}

static int prepare(struct journal *j)
{
    static const char pragmas[] =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "PRAGMA cache_size=-512; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
        "PRAGMA wal_autocheckpoint=256; PRAGMA journal_size_limit=4194304;"
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;";
    int rc = sqlite3_exec(j->db, pragmas, NULL, NULL, NULL);

    if (rc == SQLITE_OK) {
        int steps = journal_steps_take(j->db, j->schema);

        if (steps)
            return steps;
    }
    for (unsigned i = 0; i < JS_COUNT && rc == SQLITE_OK; i++)
        rc = sqlite3_prepare_v3(j->db, stmt_text[i], -1, SQLITE_PREPARE_PERSISTENT, &j->stmt[i], NULL);
    /* A table of that name with other columns is not our journal. */
    return rc == SQLITE_ERROR ? MM_EDB : journal_db_err(rc);
}

static int open_db(struct journal *j)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    char *path;
    int rc;

    if (!j->dir) {
        rc = sqlite3_open_v2(":memory:", &j->db, flags, NULL);
        return rc == SQLITE_OK ? prepare(j) : journal_db_err(rc);
    }
    path = file_name(j, DB_NAME);
    if (!path)
        return MM_ENOMEM;
    rc = make_file(path);
    if (rc == MM_OK)
        rc = journal_db_err(sqlite3_open_v2(path, &j->db, flags | SQLITE_OPEN_NOFOLLOW, NULL));
    free(path);
    return rc == MM_OK ? prepare(j) : rc;
}

/* hash(0): the chain of one journal cannot be passed off as another's. */
static int first_link(const char *uuid, uint8_t out[SHA256_BYTES])
{
    return crypto_sha256(uuid, strlen(uuid), out);
}

static int begin_new(struct journal *j)
{
    int rc = crypto_uuid(j->uuid);

    if (rc == MM_OK)
        rc = first_link(j->uuid, j->now.chain);
    if (rc == MM_OK)
        rc = begin(j);
    if (rc == MM_OK)
        rc = meta_set_blob(j, "uuid", j->uuid, strlen(j->uuid));
    j->now.next = 1;
    return rc == MM_OK ? journal_commit(j) : rc;
}

static int whole_file_good(struct journal *j)
{
    sqlite3_stmt *s = NULL;
    int good = 0;

    if (scalar(j, "PRAGMA page_count") * scalar(j, "PRAGMA page_size") > CHECK_BYTES)
        return 1;
    if (sqlite3_prepare_v2(j->db, "PRAGMA quick_check(1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        good = strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0;
    sqlite3_finalize(s);
    return good;
}

/* Read the head back and check that the end of the file is what we wrote. */
static int read_head(struct journal *j)
{
    struct journal_check check;
    uint64_t last;
    char uuid[37] = "";

    if (meta_get_blob(j, "uuid", uuid, 36) != MM_OK)
        return MM_ENOTFOUND;
    memcpy(j->uuid, uuid, sizeof uuid);
    j->now.next = journal_number(j, "next");
    j->now.sent = journal_number(j, "sent");
    j->now.lost = journal_number(j, "lost");
    j->now.rows = scalar(j, "SELECT count(*) FROM event");
    last = scalar(j, "SELECT max(seq) FROM event");
    if (meta_get_blob(j, "chain", j->now.chain, SHA256_BYTES) != MM_OK || j->now.next == 0 ||
        last >= j->now.next || j->now.sent >= j->now.next || !whole_file_good(j))
        return MM_EDB;
    j->saved = j->now;
    if (journal_verify(j, last > CHECK_TAIL ? last - CHECK_TAIL : 0, &check) != MM_OK)
        return MM_EDB;
    return MM_OK;
}

/* Keep a damaged journal beside the new one. */
static int move_aside(struct journal *j)
{
    static const char *const parts[] = {"", "-wal"};
    char name[64];
    int rc = MM_OK, slot = 1;

    for (; slot < KEPT_BAD; slot++) {
        struct stat st;
        char *probe;

        snprintf(name, sizeof name, "journal.bad-%d", slot);
        probe = file_name(j, name);
        if (!probe || lstat(probe, &st) != 0) {
            free(probe);
            break;
        }
        free(probe);
    }
    for (unsigned i = 0; i < 2; i++) {
        char *from, *to;

        snprintf(name, sizeof name, DB_NAME "%s", parts[i]);
        from = file_name(j, name);
        snprintf(name, sizeof name, "journal.bad-%d%s", slot, parts[i]);
        to = file_name(j, name);
        if (!from || !to || (rename(from, to) != 0 && errno != ENOENT))
            rc = from && to ? mm_from_errno(errno) : MM_ENOMEM;
        free(from);
        free(to);
    }
    return rc;
}

static int open_or_create(struct journal *j, enum journal_open_state *how)
{
    int rc = open_db(j);

    if (rc == MM_OK)
        rc = read_head(j);
    if (rc != MM_ENOTFOUND)
        return rc;
    if (scalar(j, "SELECT count(*) FROM event"))
        return MM_EDB;
    *how = JOURNAL_CREATED;
    memset(&j->now, 0, sizeof j->now);
    j->saved = j->now;
    return begin_new(j);
}

int journal_replace(struct journal *j)
{
    enum journal_open_state how;
    int rc;

    close_db(j);
    if (j->dir) {
        rc = move_aside(j);
        if (rc)
            return rc;
    }
    memset(&j->now, 0, sizeof j->now);
    j->saved = j->now;
    return open_or_create(j, &how);
}

int journal_open_as(struct journal **out, const char *dir, uint64_t limit, enum journal_open_state *how,
                    const struct journal_schema *schema)
{
    enum journal_open_state state = JOURNAL_OPENED;
    struct journal *j = calloc(1, sizeof *j);
    int rc = MM_OK;

    if (!j)
        return MM_ENOMEM;
    j->lock_fd = -1;
    j->schema = schema;
    j->limit = dir ? limit : MEMORY_LIMIT;
    if (dir) {
        j->dir = strdup(dir);
        rc = j->dir ? take_lock(j) : MM_ENOMEM;
    }
    if (rc == MM_OK)
        rc = open_or_create(j, &state);
    if (rc == MM_EDB && dir) {
        rc = journal_replace(j);
        state = JOURNAL_REPLACED;
    }
    if (rc) {
        journal_close(j);
        return rc;
    }
    if (how)
        *how = state;
    *out = j;
    return MM_OK;
}

int journal_open(struct journal **out, const char *dir, uint64_t limit, enum journal_open_state *how)
{
    return journal_open_as(out, dir, limit, how, &journal_schema);
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    if (j->db && j->stmt[JS_COMMIT])
        (void)journal_commit(j);
    close_db(j);
    if (j->lock_fd >= 0)
        close(j->lock_fd);
    free(j->dir);
    free(j);
}

/* ---- rows -------------------------------------------------------------------------- */

void journal_next(const struct journal *j, struct journal_slot *slot)
{
    slot->seq = j->now.next;
    crypto_hex(j->now.chain, SHA256_BYTES, slot->chain);
}

static int insert(struct journal *j, const struct journal_row *row, const uint8_t hash[SHA256_BYTES])
{
    sqlite3_stmt *s = j->stmt[JS_INSERT];

    sqlite3_bind_int64(s, 1, (sqlite3_int64)row->seq);
    sqlite3_bind_int64(s, 2, row->wall_ns);
    sqlite3_bind_int64(s, 3, row->mono_ns);
    sqlite3_bind_text(s, 4, row->boot, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 5, row->severity);
    sqlite3_bind_text(s, 6, row->uid, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 7, row->incident, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 8, row->body, (int)row->body_len, SQLITE_STATIC);
    sqlite3_bind_blob(s, 9, j->now.chain, SHA256_BYTES, SQLITE_STATIC);
    sqlite3_bind_blob(s, 10, hash, SHA256_BYTES, SQLITE_STATIC);
    return step_once(s);
}

int journal_append(struct journal *j, const struct journal_row *row)
{
    uint8_t hash[SHA256_BYTES];
    int rc;

    if (!j->db)
        return MM_ESTATE;
    if (row->seq != j->now.next || row->body_len == 0)
        return MM_EINVAL;
    if (row->body_len > LIM_EVENT_JSON)
        return MM_ELIMIT;
    rc = journal_hash(row->seq, row->body, row->body_len, j->now.chain, hash);
    if (rc)
        return rc;
    rc = begin(j);
    if (rc == MM_OK)
        rc = insert(j, row, hash);
    if (rc) {
        roll_back(j);
        return rc;
    }
    memcpy(j->now.chain, hash, sizeof hash);
    j->now.next++;
    j->now.rows++;
    return MM_OK;
}

int journal_commit(struct journal *j)
{
    int rc;

    if (!j->db)
        return MM_ESTATE;
    if (!j->in_transaction && memcmp(&j->now, &j->saved, sizeof j->now) == 0)
        return MM_OK;
    rc = begin(j);
    if (rc == MM_OK)
        rc = meta_set_int(j, "next", j->now.next);
    if (rc == MM_OK)
        rc = meta_set_int(j, "sent", j->now.sent);
    if (rc == MM_OK)
        rc = meta_set_int(j, "lost", j->now.lost);
    if (rc == MM_OK)
        rc = meta_set_blob(j, "chain", j->now.chain, SHA256_BYTES);
    if (rc == MM_OK)
        rc = step_once(j->stmt[JS_COMMIT]);
    if (rc) {
        roll_back(j);
        return rc;
    }
    j->in_transaction = 0;
    j->saved = j->now;
    return MM_OK;
}

int journal_rename(struct journal *j)
{
    char uuid[LIM_ID];
    int rc = crypto_uuid(uuid);

    if (rc == MM_OK)
        rc = begin(j);
    if (rc == MM_OK)
        rc = meta_set_blob(j, "uuid", uuid, strlen(uuid));
    if (rc) {
        roll_back(j);
        return rc;
    }
    j->now.sent = 0;
    rc = journal_commit(j);
    if (rc == MM_OK)
        memcpy(j->uuid, uuid, sizeof uuid);
    return rc;
}

int journal_set_sent(struct journal *j, uint64_t seq)
{
    if (seq > j->saved.next - 1)
        return MM_EINVAL;
    if (seq > j->now.sent)
        j->now.sent = seq;
    return MM_OK;
}

int journal_set_number(struct journal *j, const char *key, uint64_t value)
{
    int rc = j->db ? begin(j) : MM_ESTATE;

    if (rc == MM_OK)
        rc = meta_set_int(j, key, value);
    if (rc && j->db)
        roll_back(j);
    return rc;
}

/* ---- bounds ------------------------------------------------------------------------ */

static uint64_t used_bytes(struct journal *j)
{
    uint64_t pages = scalar(j, "PRAGMA page_count"), spare = scalar(j, "PRAGMA freelist_count");

    return (pages > spare ? pages - spare : 0) * scalar(j, "PRAGMA page_size");
}

static int drop_rows(struct journal *j, const char *sql, uint64_t up_to, uint64_t *gone)
{
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v2(j->db, sql, -1, &s, NULL);

    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(s, 1, TRIM_ROWS);
        if (sqlite3_bind_parameter_count(s) > 1)
            sqlite3_bind_int64(s, 2, (sqlite3_int64)up_to);
        rc = sqlite3_step(s);
        *gone = rc == SQLITE_DONE ? (uint64_t)sqlite3_changes(j->db) : 0;
    }
    sqlite3_finalize(s);
    return journal_db_err(rc);
}

int journal_trim(struct journal *j, uint64_t *lost)
{
    static const char sent_sql[] =
        "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq<=?2 ORDER BY seq LIMIT ?1)";
    static const char least_sql[] =
        "DELETE FROM event WHERE seq IN (SELECT seq FROM event ORDER BY severity, seq LIMIT ?1)";
    uint64_t dropped = 0;
    int rc = MM_OK;

    if (!j->db)
        return MM_ESTATE;
    if (used_bytes(j) <= j->limit) {
        *lost = 0;
        return MM_OK;
    }
    rc = begin(j);
    while (rc == MM_OK && j->now.rows && used_bytes(j) > j->limit - j->limit / 16) {
        uint64_t gone = 0;

        rc = drop_rows(j, sent_sql, j->now.sent, &gone);
        if (rc == MM_OK && gone == 0) {
            rc = drop_rows(j, least_sql, 0, &gone);
            dropped += gone;
            j->now.lost += gone;
        }
        if (gone == 0)
            break;
        j->now.rows -= gone < j->now.rows ? gone : j->now.rows;
    }
    if (rc) {
        roll_back(j);
        return rc;
    }
    *lost = dropped;
    return MM_OK;
}

void journal_stat(struct journal *j, struct journal_stat *out)
{
    *out = (struct journal_stat){.last = j->now.next ? j->now.next - 1 : 0,
                                 .committed = j->saved.next ? j->saved.next - 1 : 0,
                                 .sent = j->now.sent,
                                 .lost = j->now.lost,
                                 .rows = j->now.rows,
                                 .limit = j->limit,
                                 .is_volatile = !j->dir};
    memcpy(out->uuid, j->uuid, sizeof out->uuid);
    if (!j->db)
        return;
    out->bytes = used_bytes(j);
    out->first = scalar(j, "SELECT min(seq) FROM event");
}
