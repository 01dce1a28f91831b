/* Life of the store, and the small tables: customers, tokens, operators, audit. */
#include "console/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/store/store_internal.h"
#include "lib/err.h"

int store_open(const char *path, int create, struct store **out)
{
    struct store *s = calloc(1, sizeof *s);
    int rc;

    if (!s)
        return MM_ENOMEM;
    rc = db_open(path, create, &s->db);
    if (!rc)
        rc = db_version(s->db, &s->seen_version);
    if (rc) {
        store_close(s);
        return rc;
    }
    *out = s;
    return MM_OK;
}

void store_close(struct store *s)
{
    if (s)
        db_close(s->db);
    free(s);
}

int store_begin(struct store *s)
{
    return db_begin(s->db);
}

int store_commit(struct store *s)
{
    return db_commit(s->db);
}

void store_rollback(struct store *s)
{
    db_rollback(s->db);
}

int store_changed(struct store *s)
{
    int64_t now;

    if (db_version(s->db, &now) || now == s->seen_version)
        return 0;
    s->seen_version = now;
    return 1;
}

int store_keep_int(void *context, const struct db_row *row)
{
    *(int64_t *)context = db_int(row, 0);
    return MM_OK;
}

void store_copy(char *out, size_t size, const struct db_row *row, int column)
{
    snprintf(out, size, "%s", db_text(row, column));
}

int store_only(json_t *list, json_t **out)
{
    json_t *first = json_array_get(list, 0);

    if (first)
        *out = json_incref(first);
    json_decref(list);
    return first ? MM_OK : MM_ENOTFOUND;
}

/* ---- customers ------------------------------------------------------------ */

int store_customer_add(struct store *s, const char *name, const char *phone, int64_t now, int64_t *id)
{
    return DB_RUN(s->db, "INSERT INTO customer(name, phone, created) VALUES($1, $2, $3) RETURNING id", store_keep_int, id,
                  DB_S(name), DB_S(phone), DB_I(now));
}

int store_customer_find(struct store *s, const char *text, int64_t *id)
{
    int64_t found = 0;
    int rc = DB_RUN(s->db, "SELECT id FROM customer WHERE name = $1 OR CAST(id AS TEXT) = $1 ORDER BY name = $1 DESC LIMIT 1",
                    store_keep_int, &found, DB_S(text));

    if (rc)
        return rc;
    if (!found)
        return MM_ENOTFOUND;
    *id = found;
    return MM_OK;
}

static int keep_name(void *context, const struct db_row *row)
{
    store_copy(context, LIM_TITLE, row, 0);
    return MM_OK;
}

int store_customer_name(struct store *s, int64_t id, char name[LIM_TITLE])
{
    char found[LIM_TITLE] = "";
    int rc = DB_RUN(s->db, "SELECT name FROM customer WHERE id = $1", keep_name, found, DB_I(id));

    if (rc)
        return rc;
    if (!found[0])
        return MM_ENOTFOUND;
    memcpy(name, found, sizeof found);
    return MM_OK;
}

int store_customers(struct store *s, json_t **out)
{
    return db_json(s->db, "SELECT c.id AS id, c.name AS name, c.phone AS phone, c.created AS \"created:t\","
                          " (SELECT count(*) FROM device d WHERE d.customer = c.id AND d.revoked = 0) AS devices,"
                          " (SELECT r.ring FROM ring r WHERE r.customer = c.id AND r.agent_id = '') AS ring"
                          " FROM customer c ORDER BY c.id LIMIT 10000", NULL, 0, out);
}

/* ---- tokens ------------------------------------------------------------------ */

int store_token_add(struct store *s, const char *hash, int64_t customer, int64_t expires, const char *by, int64_t now)
{
    return DB_RUN(s->db, "INSERT INTO token(hash, customer, created, expires, made_by) VALUES($1, $2, $3, $4, $5)", NULL,
                  NULL, DB_S(hash), DB_I(customer), DB_I(now), DB_I(expires), DB_S(by));
}

static int read_token(void *context, const struct db_row *row)
{
    struct store_token *t = context;

    t->customer = db_int(row, 0);
    t->expires = db_int(row, 1);
    t->used = db_int(row, 2);
    store_copy(t->used_key, sizeof t->used_key, row, 3);
    store_copy(t->agent_id, sizeof t->agent_id, row, 4);
    store_copy(t->customer_name, sizeof t->customer_name, row, 5);
    store_copy(t->phone, sizeof t->phone, row, 6);
    return MM_OK;
}

int store_token_get(struct store *s, const char *hash, struct store_token *out)
{
    struct store_token t = {0};
    int rc = DB_RUN(s->db, "SELECT t.customer, t.expires, t.used, t.used_key, t.agent_id, c.name, c.phone"
                           " FROM token t JOIN customer c ON c.id = t.customer WHERE t.hash = $1",
                    read_token, &t, DB_S(hash));

    if (rc)
        return rc;
    if (!t.customer)
        return MM_ENOTFOUND;
    *out = t;
    return MM_OK;
}

int store_tokens(struct store *s, json_t **out)
{
    return db_json(s->db, "SELECT t.customer AS customer, c.name AS customer_name, t.created AS \"created:t\","
                          " t.expires AS \"expires:t\", t.made_by AS made_by, t.used AS \"used:t\", t.agent_id AS agent_id"
                          " FROM token t JOIN customer c ON c.id = t.customer ORDER BY t.created DESC, t.hash LIMIT 1000",
                   NULL, 0, out);
}

/* ---- operators and audit ------------------------------------------------------- */

int store_operator_add(struct store *s, const char *name, const char *role, const char *token_hash, int64_t now)
{
    return DB_RUN(s->db, "INSERT INTO operator(name, role, token_hash, created) VALUES($1, $2, $3, $4)", NULL, NULL,
                  DB_S(name), DB_S(role), DB_S(token_hash), DB_I(now));
}

static int read_operator(void *context, const struct db_row *row)
{
    struct store_operator *o = context;

    store_copy(o->name, sizeof o->name, row, 0);
    store_copy(o->role, sizeof o->role, row, 1);
    return MM_OK;
}

int store_operator_by_token(struct store *s, const char *token_hash, struct store_operator *out)
{
    struct store_operator o = {0};
    int rc = DB_RUN(s->db, "SELECT name, role FROM operator WHERE token_hash = $1", read_operator, &o, DB_S(token_hash));

    if (rc)
        return rc;
    if (!o.name[0])
        return MM_ENOTFOUND;
    *out = o;
    return MM_OK;
}

int store_operator_remove(struct store *s, int64_t id, const char *name, struct store_operator *out)
{
    struct store_operator o = {0};
    int rc = DB_RUN(s->db, "DELETE FROM operator WHERE id = $1 OR ($1 = 0 AND name = $2) RETURNING name, role", read_operator, &o,
                    DB_I(id), DB_S(name));

    if (rc)
        return rc;
    if (!o.name[0])
        return MM_ENOTFOUND;
    *out = o;
    return MM_OK;
}

int store_operators(struct store *s, json_t **out)
{
    return db_json(s->db, "SELECT id, name, role, created AS \"created:t\" FROM operator ORDER BY id LIMIT 1000", NULL, 0, out);
}

int store_audit(struct store *s, const char *who, const char *action, const char *object, const char *detail, int64_t now)
{
    return DB_RUN(s->db, "INSERT INTO audit(at, who, action, object, detail) VALUES($1, $2, $3, $4, $5)", NULL, NULL,
                  DB_I(now), DB_S(who), DB_S(action), DB_S(object), DB_S(detail));
}

int store_audited(struct store *s, const char *action, const char *object, int64_t since, int *yes)
{
    int64_t n = 0;
    int rc = DB_RUN(s->db, "SELECT count(*) FROM audit WHERE action = $1 AND object = $2 AND at > $3", store_keep_int, &n,
                    DB_S(action), DB_S(object), DB_I(since));

    *yes = n > 0;
    return rc;
}

int store_audit_list(struct store *s, int64_t before, unsigned limit, json_t **out)
{
    return DB_JSON(s->db, "SELECT id, at AS \"at:t\", who, action, object, detail FROM audit WHERE id < $1"
                          " ORDER BY id DESC LIMIT $2", out, DB_I(before), DB_I(limit));
}

int store_summary(struct store *s, json_t **out)
{
    json_t *list = NULL;
    int rc = db_json(s->db, "SELECT (SELECT count(*) FROM device WHERE state = 'online' AND revoked = 0) AS online,"
                            " (SELECT count(*) FROM device WHERE state = 'silent' AND revoked = 0) AS silent,"
                            " (SELECT count(*) FROM device WHERE state = 'new' AND revoked = 0) AS \"new\","
                            " (SELECT count(*) FROM device WHERE quarantine = 'on' AND revoked = 0) AS quarantined,"
                            " (SELECT count(*) FROM incident i JOIN device d ON d.agent_id = i.agent_id WHERE " STORE_OPEN ") AS open_incidents", NULL, 0, &list);

    return rc ? rc : store_only(list, out);
}
