/* One driver for the three documents: expat tells elements, a form (a pair of handlers for each document) picks what
 * is wanted by name and depth.  A token is an element's tag with its attributes, a comment or the like; expat keeps an
 * unfinished one in memory, so the distance to the last event is bounded. */
#include "agent/watch/host/repodata.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/xml_skip.h"
#include "lib/err.h"
#include "lib/rfc3339.h"

#define BLOCK 65536
#define DEPTH 16      /* updateinfo has 6 levels, primary 5 */
#define DAY 86400

struct parse;
struct form {
    const char *root;
    const char *skip[2];  /* tags of an element that is left out (xml_skip.h); NULL */
    void (*start)(struct parse *p, const char *name, const char **attributes);
    void (*end)(struct parse *p, const char *name);
};

struct parse {
    XML_Parser xml;
    const struct form *form;
    unsigned depth;           /* of the element that is open: the root has 1 */
    int rc;                   /* why it was stopped */
    uint64_t given, event;    /* bytes that the parser got, and had got at the last event */
    bool wanted;              /* text of the open element is kept */
    bool cut;                 /* ... and was longer */
    size_t used;
    char text[REPODATA_TEXT];
    /* of repomd */
    struct repomd *repomd;
    struct repodata_file *file; /* of the data element that is open; NULL: it is of no interest */
    /* of packages */
    repodata_take take;
    void *context;
    struct repodata_package package;
    char name[REPODATA_TEXT], arch[REPODATA_TEXT], version[3 * REPODATA_TEXT], stream[2 * REPODATA_TEXT];
};

/* ---- texts -------------------------------------------------------------------------------- */

static void stop(struct parse *p, int rc)
{
    if (p->rc == MM_OK)
        p->rc = rc;
    XML_StopParser(p->xml, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (!strcmp(*attributes, name))
            return attributes[1];
    return "";
}

/* 1 to `max` characters of letters, digits and `more`. */
static bool made_of(const char *text, const char *more, size_t max)
{
    size_t n = 0;

    for (; text[n]; n++)
        if (n == max || !((text[n] >= '0' && text[n] <= '9') || (text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
                          strchr(more, text[n])))
            return false;
    return n > 0;
}

/* Digits only, at most 12: seconds until the year 33658. */
static int64_t number(const char *text)
{
    return made_of(text, "", 12) && strspn(text, "0123456789") == strlen(text) ? strtoll(text, NULL, 10) : 0;
}

/* "2024-03-05 11:22:33", "2024-03-05", "2024-03-05T11:22:33Z" or seconds: midnight of that day; 0: no date. */
static int64_t day_of(const char *text)
{
    char day[RFC3339_DAY];
    int64_t n;

    if (strlen(text) >= 10 && text[4] == '-') {
        snprintf(day, sizeof day, "%.10s", text);
        return rfc3339_parse_day(day, &n) == MM_OK && n > 0 ? n * DAY : 0;
    }
    n = number(text);
    return n - n % DAY;
}

/* The attributes of a version: into p->version, or the package is bad. */
static void take_version(struct parse *p, const char *epoch, const char *version, const char *release)
{
    if ((*epoch && (strspn(epoch, "0123456789") != strlen(epoch) || strlen(epoch) > 9)) || !made_of(version, "._+~^", 200) ||
        !made_of(release, "._+~^", 200)) {
        p->package.bad = true;
        return;
    }
    epoch += strspn(epoch, "0");
    snprintf(p->version, sizeof p->version, "%s%s%s-%s", epoch, *epoch ? ":" : "", version, release);
}

static void begin_package(struct parse *p)
{
    p->package.bad = false;
    p->name[0] = p->arch[0] = p->version[0] = '\0';
}

static void take_name(struct parse *p, const char *name, const char *arch)
{
    snprintf(p->name, sizeof p->name, "%s", made_of(name, "-._+~^:@{}%", sizeof p->name - 1) ? name : "");
    p->package.bad = p->package.bad || !made_of(arch, "_", 31);
    snprintf(p->arch, sizeof p->arch, "%s", p->package.bad ? "" : arch);
}

static void tell(struct parse *p)
{
    p->package.name = p->name;
    p->package.arch = p->arch;
    p->package.version = p->version;
    p->package.stream = p->stream;
    p->package.bad = p->package.bad || !p->version[0] || !p->arch[0];
    if (p->name[0])
        p->take(p->context, &p->package);
}

/* ---- the forms ------------------------------------------------------------------------------ */

static void repomd_start(struct parse *p, const char *name, const char **attributes)
{
    static const char *const TYPES[] = {"primary", "primary_zck", "updateinfo", "updateinfo_zck"};
    struct repodata_file *const files[] = {&p->repomd->primary, &p->repomd->primary_chunked, &p->repomd->updateinfo,
                                           &p->repomd->updateinfo_chunked};

    p->wanted = false;
    if (p->depth == 2) {
        p->file = NULL;
        for (size_t i = 0; !strcmp(name, "data") && i < sizeof TYPES / sizeof *TYPES; i++)
            if (!strcmp(attribute(attributes, "type"), TYPES[i]))
                p->file = files[i];
    } else if (p->depth == 3 && p->file && !strcmp(name, "location")) {
        const char *path = attribute(attributes, "href"), *slash = strrchr(path, '/');

        path = slash ? slash + 1 : path; /* dnf keeps the last part */
        if (!made_of(path, "-._+~^:@%", sizeof p->file->name - 1) || *path == '.')
            stop(p, MM_EFORMAT);
        else
            snprintf(p->file->name, sizeof p->file->name, "%s", path);
    } else {
        p->wanted = p->depth == 3 && p->file && !strcmp(name, "timestamp");
    }
}

/* The timestamps count; the revision is a time only where nobody chose another text. */
static void repomd_end(struct parse *p, const char *name)
{
    int64_t made = p->wanted && !p->cut && !strcmp(name, "timestamp") ? number(p->text) : 0;

    p->repomd->made = made > p->repomd->made ? made : p->repomd->made;
}

static void primary_start(struct parse *p, const char *name, const char **attributes)
{
    if (p->depth == 2)
        begin_package(p);
    if (p->depth != 3)
        return;
    p->wanted = !strcmp(name, "name") || !strcmp(name, "arch");
    if (!strcmp(name, "version"))
        take_version(p, attribute(attributes, "epoch"), attribute(attributes, "ver"), attribute(attributes, "rel"));
}

static void primary_end(struct parse *p, const char *name)
{
    if (p->depth == 2 && !strcmp(name, "package"))
        tell(p);
    if (p->depth != 3 || !p->wanted)
        return;
    if (!strcmp(name, "name"))
        snprintf(p->name, sizeof p->name, "%s", !p->cut && made_of(p->text, "-._+~^:@{}%", sizeof p->name - 1) ? p->text : "");
    else if (p->cut || !made_of(p->text, "_", 31))
        p->package.bad = true;
    else
        snprintf(p->arch, sizeof p->arch, "%s", p->text);
}

static void notice_start(struct parse *p, const char *name, const char **attributes)
{
    if (p->depth == 2) {
        p->package.security = !strcmp(attribute(attributes, "type"), "security");
        p->package.issued = 0;
    } else if (p->depth == 3 && !strcmp(name, "issued")) {
        p->package.issued = day_of(attribute(attributes, "date"));
    } else if (p->depth == 4) {
        p->stream[0] = '\0';
    } else if (p->depth == 5 && !strcmp(name, "module")) {
        /* what makes no sense is the stream of nobody */
        snprintf(p->stream, sizeof p->stream, "%.250s:%.250s", attribute(attributes, "name"), attribute(attributes, "stream"));
    } else if (p->depth == 5 && !strcmp(name, "package")) {
        begin_package(p);
        take_version(p, attribute(attributes, "epoch"), attribute(attributes, "version"), attribute(attributes, "release"));
        take_name(p, attribute(attributes, "name"), attribute(attributes, "arch"));
        tell(p);
    }
}

static void notice_end(struct parse *p, const char *name)
{
    (void)p;
    (void)name;
}

/* ---- expat ------------------------------------------------------------------------------------ */

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct parse *p = user;

    p->event = p->given;
    p->wanted = p->cut = false;
    p->used = 0;
    p->text[0] = '\0';
    if (++p->depth > DEPTH)
        stop(p, MM_ELIMIT);
    else if (p->depth == 1 && strcmp(name, p->form->root))
        stop(p, MM_EFORMAT);
    else if (p->rc == MM_OK)
        p->form->start(p, name, attributes);
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    struct parse *p = user;

    p->event = p->given;
    if (p->rc == MM_OK)
        p->form->end(p, name);
    p->wanted = false;
    p->depth--;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int n)
{
    struct parse *p = user;
    size_t room = sizeof p->text - 1 - p->used;

    p->event = p->given;
    if (!p->wanted)
        return;
    p->cut = p->cut || (size_t)n > room;
    memcpy(p->text + p->used, text, (size_t)n < room ? (size_t)n : room);
    p->used += (size_t)n < room ? (size_t)n : room;
    p->text[p->used] = '\0';
}

/* Metadata have none; with it entities could be declared that grow without bound or name files. */
static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *system, const XML_Char *public, int subset)
{
    (void)name, (void)system, (void)public, (void)subset;
    stop(user, MM_EFORMAT);
}

static int feed(struct parse *p, struct xml_skip *from)
{
    for (;;) {
        void *block = XML_GetBuffer(p->xml, BLOCK);
        long n = block ? xml_skip_read(from, block, BLOCK) : MM_ENOMEM;

        if (n < 0)
            return (int)n;
        p->given += (uint64_t)n;
        if (XML_ParseBuffer(p->xml, (int)n, n == 0) != XML_STATUS_OK)
            return p->rc ? p->rc : XML_GetErrorCode(p->xml) == XML_ERROR_NO_MEMORY ? MM_ENOMEM : MM_EFORMAT;
        if (n == 0)
            return MM_OK;
        if (p->given - p->event > LIM_REPODATA_TOKEN)
            return MM_ELIMIT;
    }
}

/* Frees nothing of `p`, which is the caller's. */
static int run(struct parse *p, const struct form *form, struct unpack *from)
{
    struct xml_skip rest = {.from = from, .open = form->skip[0], .close = form->skip[1]};
    int rc;

    p->form = form;
    p->xml = XML_ParserCreate("UTF-8"); /* whatever the document says: others are not made */
    if (!p->xml)
        return MM_ENOMEM;
    XML_SetUserData(p->xml, p);
    XML_SetElementHandler(p->xml, on_start, on_end);
    XML_SetCharacterDataHandler(p->xml, on_text);
    XML_SetStartDoctypeDeclHandler(p->xml, on_doctype);
    rc = feed(p, &rest);
    XML_ParserFree(p->xml);
    return rc;
}

int repodata_repomd(struct unpack *from, struct repomd *out)
{
    static const struct form FORM = {"repomd", {NULL, NULL}, repomd_start, repomd_end};
    struct repomd found = {.made = 0};
    struct parse *p = calloc(1, sizeof *p);
    int rc = MM_ENOMEM;

    if (p) {
        p->repomd = &found;
        rc = run(p, &FORM, from);
    }
    free(p);
    if (rc == MM_OK)
        *out = found;
    return rc;
}

static int packages(struct unpack *from, const struct form *form, repodata_take take, void *context)
{
    struct parse *p = calloc(1, sizeof *p);
    int rc = MM_ENOMEM;

    if (p) {
        p->take = take;
        p->context = context;
        rc = run(p, form, from);
    }
    free(p);
    return rc;
}

int repodata_primary(struct unpack *from, repodata_take take, void *context)
{
    static const struct form FORM = {"metadata", {"<format>", "</format>"}, primary_start, primary_end};

    return packages(from, &FORM, take, context);
}

int repodata_updateinfo(struct unpack *from, repodata_take take, void *context)
{
    static const struct form FORM = {"updates", {NULL, NULL}, notice_start, notice_end};

    return packages(from, &FORM, take, context);
}
