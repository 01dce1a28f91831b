/* The survey's view of the network namespace that it is started in.
 *   firewall_ask rules                        what firewall_collect reads: nft's JSON, then the sections of iptables-save
 *   firewall_ask listeners                    items of the module "listeners", with the rules collected
 *   firewall_ask FAMILY PROTOCOL PORT ...     one line for each: "WORD EVIDENCE"; FAMILY 4, 6 or 46, PROTOCOL tcp or udp */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/watch/host/firewall.h"
#include "agent/watch/host/interfaces.h"
#include "agent/watch/host/survey.h"
#include "agent/watch/linux/firewall_collect.h"
#include "lib/limits.h"

static int listeners(const struct buf *nft, const struct buf *legacy, const char *error)
{
    struct survey s;

    if (survey_init(&s, "/", (int64_t)time(NULL)))
        return 1;
    s.firewall = *error ? NULL : nft->data;
    s.firewall_error = error;
    s.legacy_firewall = legacy->data;
    survey_listeners(&s);
    if (s.out.len)
        fwrite(s.out.data, 1, s.out.len, stdout);
    survey_fini(&s);
    return 0;
}

static int answers(const struct buf *nft, const struct buf *legacy, const char *error, char **argv)
{
    struct fw *fw = fw_new();
    struct interfaces net;
    struct survey s;
    char evidence[400];

    if (!fw || survey_init(&s, "/", 0))
        return 1;
    interfaces_read(&s, &net);
    survey_fini(&s);
    if (*error)
        fw_blind(fw, error);
    else
        fw_read_nft(fw, nft->data, nft->len);
    if (legacy->data)
        fw_read_iptables(fw, legacy->data, legacy->len);
    for (; argv[0] && argv[1] && argv[2]; argv += 3) {
        struct fw_question q = {.families = !strcmp(argv[0], "4") ? FW_IP4 : !strcmp(argv[0], "6") ? FW_IP6 : FW_BOTH,
                                .protocol = strcmp(argv[1], "udp") ? 6 : 17, .port = (unsigned)strtoul(argv[2], NULL, 10), .ifaces = net.ifaces,
                                .nifaces = net.n};
        enum fw_result r = fw_ask(fw, &q, evidence, sizeof evidence);

        printf("%s %s\n", fw_word(r), evidence);
    }
    fw_free(fw);
    return 0;
}

int main(int argc, char **argv)
{
    struct buf nft, legacy;
    char error[120];
    int rc = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: firewall_ask rules | listeners | FAMILY PROTOCOL PORT ...\n");
        return 2;
    }
    buf_init(&nft, LIM_SURVEY_FILE);
    buf_init(&legacy, FIREWALL_LEGACY_MAX);
    firewall_collect(&nft, &legacy, error, sizeof error);
    if (!strcmp(argv[1], "rules"))
        printf("%s%s%s", *error ? error : nft.data, legacy.data ? "\n" : "", legacy.data ? legacy.data : "");
    else if (!strcmp(argv[1], "listeners"))
        rc = listeners(&nft, &legacy, error);
    else
        rc = answers(&nft, &legacy, error, argv + 1);
    buf_fini(&nft);
    buf_fini(&legacy);
    return rc;
}
