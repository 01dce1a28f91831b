/* mimamorid-probe: asks the company's gateways once for core and ends (agent/watch/gateway/serve.h). */
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <unistd.h>

#include "agent/messages.h"
#include "lib/os/lockdown.h"
#include "agent/roles/start.h"
#include "agent/watch/gateway/probe.h"
#include "agent/watch/gateway/serve.h"
#include "lib/err.h"
#include "lib/log.h"

/* The system's list of public authorities: Debian and its kin, Red Hat and its kin, SUSE, Arch. */
static const char *const AUTHORITIES[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                          "/etc/ca-certificates/extracted/tls-ca-bundle.pem"};

/* What reads files does it now: afterwards there are none. */
static int prepare(void)
{
    bool found = false;

    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return MM_ENOMEM;
    for (size_t i = 0; i < sizeof AUTHORITIES / sizeof *AUTHORITIES && !found; i++)
        found = probe_authorities(AUTHORITIES[i]) == MM_OK;
    if (!found)
        log_warn("no list of public authorities: a gateway's new certificate is never accepted by itself");
    return MM_OK;
}

static int run(struct start *s)
{
    struct lockdown_report report = {0};
    int rc = prepare();

    alarm(2 * LIM_PROBE_MS / 1000);
    if (!rc)
        rc = lockdown_probe(s->config->scan_user, &report);
    start_fini(s); /* the role needs nothing more of it */
    if (!rc && report.left_out[0])
        log_warn("lock-down left out: %s", report.left_out);
    if (!rc)
        rc = probe_serve(ROLE_FD);
    if (rc && rc != MM_ECLOSED)
        log_error("probe: %s", mm_strerror(rc));
    return rc && rc != MM_ECLOSED ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct start s = {0};
    int status = start_parse(argc, argv, &s);

    if (!status)
        status = start_role(&s, "probe");
    if (!status)
        status = run(&s);
    start_fini(&s);
    return status;
}
