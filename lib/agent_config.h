/* The agent's configuration (design: keys are stable).  All paths derive from
 * it, so that a second agent can run in a lab beside the host's. */
#ifndef MM_LIB_AGENT_CONFIG_H
#define MM_LIB_AGENT_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "lib/config.h"
#include "lib/limits.h"

struct agent_config {
    char state[LIM_PATH];            /* [paths] state=/var/lib/mimamori */
    char run[LIM_PATH];              /* [paths] run=/run/mimamori */
    char rules[LIM_PATH];            /* [paths] rules=/usr/share/mimamori/rules */
    char local_rules[LIM_PATH];      /* [paths] local=/etc/mimamori/local */
    char releases[LIM_PATH];         /* [paths] releases= folder with releases/VERSION and current; empty: another packager's concern */
    struct config_list folders;      /* [protect] folders= ; empty: found on the host */
    struct config_list exclude;      /* [protect] exclude= */
    int64_t vault_bytes;             /* [protect] vault= bytes per file system, 0 = a tenth, 20G at most */
    int64_t own;                     /* [protect] own= seconds that a file stays its maker's own */
    int64_t vault_age;               /* [protect] keep= seconds */
    struct config_list canaries;     /* [protect] canaries= names of canary files */
    char scope[LIM_PATH];            /* [watch] scope=host|netns|cgroup:PATH */
    int exec;                        /* [watch] exec=auto|bpf|fanotify|connector|poll */
    struct config_list judge;        /* [watch] judge= mounts on which executables are judged before they run */
    int mode;                        /* [respond] mode=observe|alert|freeze|quarantine (enum rule_response) */
    int hold;                        /* [respond] hold= keep a quarantine when the console cannot be reached */
    char console_url[LIM_PATH];      /* [console] url= ; empty: alone */
    char console_ca[LIM_PATH];       /* [console] ca= PEM file; empty: the one from enrolment */
    struct config_list gateways;     /* [vpn] gateways= the company's own, HOST or HOST:PORT */
    char community[LIM_TAG];         /* [vpn] community= SNMP v2c of the gateways; empty: not asked */
    int upnp;                        /* [vpn] upnp= ask the router for its port mappings */
    char proxy[LIM_PATH];            /* [network] proxy= */
    char canary[LIM_PATH];           /* [network] canary= address that the quarantine self-test must not reach, "v4,v6" */
    char core_user[LIM_USER];        /* [roles] core_user=_mimamori-core */
    char scan_user[LIM_USER];        /* [roles] scan_user=_mimamori-scan */
    char fetch_user[LIM_USER];       /* [roles] fetch_user=_mimamori-fetch */
    char group[LIM_USER];            /* [roles] group=mimamori: may use the acting verbs' questions */
    int64_t journal_bytes;           /* [journal] bytes= */
    char update_url[LIM_PATH];       /* [update] url= https://HOST[:PORT]/PATH of the repository; empty: no updates by network */
    char update_root[LIM_PATH];      /* [update] root= the first root of trust, taken once: STATE has none yet */
    char update_ca[LIM_PATH];        /* [update] ca= PEM file; empty: the system's authorities */
    struct config_list update_caches; /* [update] caches= addresses on the LAN that are asked for artifacts first */
    int64_t update_rate;             /* [update] rate= bytes per second at most, 0: no bound */
    int64_t update_jitter;           /* [update] jitter= seconds: a timed run begins at a random moment within */
    char phone[LIM_TITLE];           /* [customer] phone= whom to call */
    char provider[LIM_TITLE];        /* [customer] provider= name of the provider */
};

/* Load and validate; `path` NULL means defaults.  See config_load. */
int agent_config_load(struct agent_config *c, const char *path, char *message, size_t message_size);
/* What is good of a broken file; see config_salvage.  `run_given`: 1 when the file says where the agent listens. */
int agent_config_salvage(struct agent_config *c, const char *path, int *run_given);
/* NULL, or in English what is wrong with it as [network] proxy=. */
const char *agent_config_proxy_wrong(const char *value);
void agent_config_free(struct agent_config *c);
void agent_config_dump(const struct agent_config *c, FILE *out);

#endif
