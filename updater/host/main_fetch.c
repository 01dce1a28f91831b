/* mimamori-update-fetch: a part of mimamori-update (updater/host/fetching.h). */
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/os/lockdown.h"
#include "updater/host/child.h"
#include "updater/host/fetching.h"
#include "updater/host/messages.h"

static int run(const struct agent_config *config)
{
    const struct fetch_way way = {.proxy = config->proxy, .ca_file = config->update_ca, .plain = config->update_caches.count > 0};
    struct fetch_limits limits = fetch_limits_default();
    struct lockdown_report report = {0};
    struct fetch *fetch = NULL;
    int rc;

    limits.rate = config->update_rate;
    if (crypto_start() || OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return MM_ENOMEM;
    fetch = fetch_open(&limits, &way);
    if (!fetch) {
        log_error("the authority's file %s cannot be read", config->update_ca);
        return MM_EINVAL;
    }
    rc = lockdown_fetch(config->fetch_user, &report);
    if (!rc && report.left_out[0])
        log_info("lock-down left out: %s", report.left_out);
    if (!rc)
        rc = fetching_serve(UPDATE_FD, fetch, config);
    fetch_close(fetch);
    return rc;
}

int main(int argc, char **argv)
{
    struct agent_config config = {0};
    int status = child_begin(argc, argv, "mimamori-update-fetch", &config), rc;

    if (status)
        return status;
    log_setup("mimamori-update-fetch", LOG_LV_INFO);
    alarm(LIM_UPDATE_RUN_S);
    rc = run(&config);
    agent_config_free(&config);
    if (rc)
        log_error("%s", mm_strerror(rc));
    return rc == MM_EINVAL ? CHILD_CONFIG : rc ? 1 : 0;
}
