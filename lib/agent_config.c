/* The agent's configuration table; pure data and the checks of single values. */
#include "lib/agent_config.h"

#include <stddef.h>
#include <string.h>

/* The kernel names a control group by a path below its mount. */
static const char *check_scope(const char *value)
{
    if (!strcmp(value, "host") || !strcmp(value, "netns"))
        return NULL;
    if (!strncmp(value, "cgroup:/", 8) && !strstr(value, "/../") && value[8])
        return NULL;
    return "must be host, netns or cgroup:/PATH";
}

static const char *host_and_port(const char *p)
{
    size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]");

    if (!n || (p[n] && strcmp(p + n, "/")))
        return "must hold a host and a port, nothing after them";
    return NULL;
}

static const char *check_url(const char *value)
{
    if (!*value)
        return NULL;
    if (strncmp(value, "https://", 8))
        return "must be https://HOST:PORT";
    return host_and_port(value + 8);
}

/* Names or addresses with an optional port; IPv6 in brackets. */
static const char *check_gateways(const char *value)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[], ";

    return value[strspn(value, good)] ? "must be HOST or HOST:PORT, separated by commas" : NULL;
}

static const char *check_community(const char *value)
{
    for (; *value; value++)
        if (*value < 0x21 || *value > 0x7e)
            return "must be visible ASCII characters";
    return NULL;
}

const char *agent_config_proxy_wrong(const char *value)
{
    if (!*value)
        return NULL;
    if (!strncmp(value, "http://", 7))
        return host_and_port(value + 7);
    if (!strncmp(value, "https://", 8))
        return host_and_port(value + 8);
    return "must be http://HOST:PORT";
}

static const char *check_canary(const char *value)
{
    if (value[strspn(value, "0123456789abcdefABCDEF.:[], ")])
        return "must be numeric addresses, 'IPv4,IPv6'";
    return NULL;
}

static const char *check_canaries(const char *value)
{
    return strchr(value, '/') ? "must be names of files, without a folder" : NULL;
}

static const char *check_account(const char *value)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    if (*value == '-' || value[strspn(value, good)])
        return "must be an account's name";
    return NULL;
}

/* Host, perhaps a port and a path; nothing that a query, a fragment or a name and password would need. */
static const char *web_address(const char *p)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]/%";

    return !*p || *p == '/' || p[strspn(p, good)] ? "must hold a host, and perhaps a port and a path" : NULL;
}

static const char *check_repository(const char *value)
{
    if (!*value)
        return NULL;
    return strncmp(value, "https://", 8) != 0 ? "must be https://HOST/PATH" : web_address(value + 8);
}

static const char *check_caches(const char *value)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]/%, ";

    return value[strspn(value, good)] ? "must be http://HOST:PORT/PATH, separated by commas" : NULL;
}

#define AT(field) offsetof(struct agent_config, field)
#define SIZE(field) sizeof(((struct agent_config *)0)->field)
#define LONGEST_TIME (366LL * 86400)
#define LARGEST_DISK (1LL << 50)

static const struct config_row rows[] = {
    {"paths", "state", CONFIG_PATH, AT(state), 1, SIZE(state), "/var/lib/mimamori", NULL, "",
     "Journal, keys, last good rules, orders that must survive."},
    {"paths", "run", CONFIG_PATH, AT(run), 1, SIZE(run), "/run/mimamori", NULL, "",
     "Control socket and lock of the running agent."},
    {"paths", "rules", CONFIG_PATH, AT(rules), 1, SIZE(rules), "/usr/share/mimamori/rules", NULL, "",
     "Rule pack that is loaded."},
    {"paths", "local", CONFIG_PATH, AT(local_rules), 1, SIZE(local_rules), "/etc/mimamori/local", NULL, "",
     "This host's own rules and allow-list, loaded beside the pack."},
    {"paths", "releases", CONFIG_PATH, AT(releases), 0, SIZE(releases), "", NULL, "",
     "Folder of the agent's releases, with the link `current`; empty: a package manager brings new agents."},
    {"protect", "folders", CONFIG_PATHS, AT(folders), 0, LIM_FOLDERS, "", NULL, "",
     "Protected folders, comma-separated; empty: the users' documents, Samba shares and /srv are found."},
    {"protect", "exclude", CONFIG_PATHS, AT(exclude), 0, LIM_FOLDERS, "", NULL, "",
     "Folders below them that are not protected."},
    {"protect", "vault", CONFIG_BYTES, AT(vault_bytes), 0, LARGEST_DISK, "0", NULL, "bytes",
     "Space for originals on each file system; 0: a tenth of it, 20G at most."},
    {"protect", "keep", CONFIG_SECONDS, AT(vault_age), 600, LONGEST_TIME, "1d", NULL, "seconds",
     "How long the originals of calm programs are kept."},
    {"protect", "own", CONFIG_SECONDS, AT(own), 1, LONGEST_TIME, "1h", NULL, "seconds",
     "How long a file that a program made stays its own; then it is an original for that program too."},
    {"protect", "canaries", CONFIG_LIST, AT(canaries), 0, LIM_CANARIES, "", NULL, "",
     "Names of canary files (.txt) that are laid into every protected folder; whoever changes one is suspected.",
     check_canaries},
    {"watch", "scope", CONFIG_TEXT, AT(scope), 1, SIZE(scope), "host", "host|netns|cgroup:/PATH", "",
     "Which processes are watched and may be acted upon.", check_scope},
    {"watch", "exec", CONFIG_CHOICE, AT(exec), 0, 0, "auto", "auto|bpf|fanotify|connector|poll", "",
     "How process starts are seen; auto takes the best that works here."},
    {"watch", "judge", CONFIG_PATHS, AT(judge), 0, LIM_FOLDERS, "", NULL, "",
     "Mounts on which executables are judged before they run."},
    {"respond", "mode", CONFIG_CHOICE, AT(mode), 0, 0, "quarantine", "observe|alert|freeze|quarantine", "",
     "The strongest thing done without asking; a quarantine also needs a critical finding and two signals."},
    {"respond", "hold", CONFIG_BOOL, AT(hold), 0, 1, "no", NULL, "",
     "Keep a quarantine when the console cannot be reached from inside it."},
    {"console", "url", CONFIG_TEXT, AT(console_url), 0, SIZE(console_url), "", NULL, "",
     "The provider's console, https://HOST:PORT; empty: the agent works alone.", check_url},
    {"console", "ca", CONFIG_PATH, AT(console_ca), 0, SIZE(console_ca), "", NULL, "",
     "PEM file of the console's CA; empty: the one from the enrolment."},
    {"vpn", "gateways", CONFIG_LIST, AT(gateways), 0, LIM_GATEWAYS, "", NULL, "",
     "The company's own VPN gateways, HOST or HOST:PORT: asked once a day, politely, who they are; no others are.", check_gateways},
    {"vpn", "community", CONFIG_TEXT, AT(community), 0, SIZE(community), "", NULL, "",
     "SNMP community of the gateways; empty: SNMP is not asked.", check_community},
    {"vpn", "upnp", CONFIG_BOOL, AT(upnp), 0, 1, "yes", NULL, "",
     "Ask this network's router once a day which ports of the internet it lets in (UPnP)."},
    {"network", "proxy", CONFIG_TEXT, AT(proxy), 0, SIZE(proxy), "", NULL, "",
     "Proxy towards the console, http://HOST:PORT.", agent_config_proxy_wrong},
    {"network", "canary", CONFIG_TEXT, AT(canary), 0, SIZE(canary), "", NULL, "",
     "Addresses that the quarantine's self-test must not reach, IPv4,IPv6.", check_canary},
    {"roles", "core_user", CONFIG_TEXT, AT(core_user), 1, SIZE(core_user), "_mimamori-core", NULL, "",
     "Account of the core process.", check_account},
    {"roles", "scan_user", CONFIG_TEXT, AT(scan_user), 1, SIZE(scan_user), "_mimamori-scan", NULL, "",
     "Account of the scan process.", check_account},
    {"roles", "fetch_user", CONFIG_TEXT, AT(fetch_user), 1, SIZE(fetch_user), "_mimamori-fetch", NULL, "",
     "Account of the updater's process that talks to the network.", check_account},
    {"roles", "group", CONFIG_TEXT, AT(group), 1, SIZE(group), "mimamori", NULL, "",
     "Members may ask for events and act by the local program, as root may.", check_account},
    {"journal", "bytes", CONFIG_BYTES, AT(journal_bytes), 1 << 20, LARGEST_DISK, "256M", NULL, "bytes",
     "Bound of the event journal."},
    {"update", "url", CONFIG_TEXT, AT(update_url), 0, SIZE(update_url), "", NULL, "",
     "The provider's repository of rules and releases, https://HOST/PATH; empty: nothing is fetched.", check_repository},
    {"update", "root", CONFIG_PATH, AT(update_root), 0, SIZE(update_root), "/etc/mimamori/update-root.json", NULL, "",
     "The repository's root.json as the provider handed it over; read when this host has none yet."},
    {"update", "ca", CONFIG_PATH, AT(update_ca), 0, SIZE(update_ca), "", NULL, "",
     "PEM file of the repository's authority; empty: the system's."},
    {"update", "caches", CONFIG_LIST, AT(update_caches), 0, LIM_UPDATE_CACHES, "", NULL, "",
     "Addresses of this network, http://HOST:PORT/PATH, that are asked for large files first; what they give is checked all the same.", check_caches},
    {"update", "rate", CONFIG_BYTES, AT(update_rate), 0, LARGEST_DISK, "0", NULL, "bytes",
     "Most bytes in a second that are fetched; 0: no bound."},
    {"update", "jitter", CONFIG_SECONDS, AT(update_jitter), 0, 86400, "1h", NULL, "seconds",
     "A run by the timer begins at some moment within this time, so that not all hosts come at once."},
    {"customer", "phone", CONFIG_TEXT, AT(phone), 0, SIZE(phone), "", NULL, "",
     "Telephone number shown in an emergency."},
    {"customer", "provider", CONFIG_TEXT, AT(provider), 0, SIZE(provider), "", NULL, "",
     "Name of the security provider shown with it."},
};
#define NROWS (sizeof rows / sizeof rows[0])

int agent_config_load(struct agent_config *c, const char *path, char *message, size_t message_size)
{
    return config_load(rows, NROWS, c, path, message, message_size);
}

int agent_config_salvage(struct agent_config *c, const char *path, int *run_given)
{
    unsigned lines[NROWS];
    int rc = config_salvage(rows, NROWS, c, path, lines);

    for (size_t i = 0; !rc && i < NROWS; i++)
        if (rows[i].offset == offsetof(struct agent_config, run))
            *run_given = lines[i] != 0;
    return rc;
}

void agent_config_free(struct agent_config *c)
{
    config_free(rows, NROWS, c);
}

void agent_config_dump(const struct agent_config *c, FILE *out)
{
    config_dump(rows, NROWS, c, out);
}
