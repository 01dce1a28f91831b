/* Services of this host that others can reach, and what the firewall does with a packet to them.
 *
 * /proc speaks of the running system, so a scratch root has none.  What a service is, its program says first
 * and its port second: a program may listen anywhere, and a port may be held by anything. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/watch/host/firewall.h"
#include "agent/watch/host/interfaces.h"
#include "agent/watch/host/sockets.h"
#include "agent/watch/host/survey.h"
#include "lib/err.h"
#include "lib/limits.h"

#define EPHEMERAL 32768     /* ip_local_port_range begins here: UDP sockets of clients, which answer nobody new */

/* ---- what it is ------------------------------------------------------------------------ */

static const struct { const char *program; const char *service; } PROGRAMS[] = {
    /* beginnings of file names; a longer name stands before a shorter one that begins alike */
    {"xrdp", "rdp"}, {"gnome-remote-de", "rdp"}, {"krdpserver", "rdp"}, {"freerdp-shadow", "rdp"},
    {"Xvnc", "vnc"}, {"Xtigervnc", "vnc"}, {"Xtightvnc", "vnc"}, {"x0vnc", "vnc"}, {"x0tigervnc", "vnc"}, {"X0tigervnc", "vnc"},
    {"x11vnc", "vnc"}, {"wayvnc", "vnc"}, {"vino-server", "vnc"}, {"krfb", "vnc"}, {"vncserver", "vnc"}, {"linuxvnc", "vnc"},
    {"sshd", "ssh"}, {"dropbear", "ssh"}, {"tinysshd", "ssh"},
    {"anydesk", "remote"}, {"teamviewer", "remote"}, {"TeamViewer", "remote"}, {"rustdesk", "remote"}, {"hbbs", "remote"}, {"hbbr", "remote"},
    {"chrome-remote-d", "remote"}, {"remoting_me2me", "remote"}, {"SRStreamer", "remote"}, {"SRServer", "remote"}, {"splashtop", "remote"},
    {"nxserver", "remote"}, {"nxnode", "remote"}, {"nxd", "remote"}, {"dwagsvc", "remote"}, {"dwagent", "remote"}, {"meshagent", "remote"},
    {"guacd", "remote"}, {"xpra", "remote"}, {"parsecd", "remote"}, {"sunshine", "remote"}, {"cockpit-", "remote"}, {"in.telnetd", "remote"},
    {"telnetd", "remote"}, {"in.rlogind", "remote"}, {"in.rshd", "remote"}, {"Xorg", "remote"},
    {"openvpn", "vpn"}, {"charon", "vpn"}, {"pluto", "vpn"}, {"ocserv", "vpn"}, {"pptpd", "vpn"}, {"xl2tpd", "vpn"}, {"accel-pppd", "vpn"},
    {"vpnserver", "vpn"}, {"vpnbridge", "vpn"}, {"tailscaled", "vpn"}, {"zerotier-one", "vpn"}, {"nebula", "vpn"}, {"tincd", "vpn"}, {"sstpd", "vpn"},
    {"smbd", "smb"}, {"nmbd", "smb"}, {"samba", "smb"}, {"ksmbd", "smb"},
    {"rpc.nfsd", "nfs"}, {"rpc.mountd", "nfs"}, {"rpc.statd", "nfs"}, {"ganesha.nfsd", "nfs"}, {"rpcbind", "nfs"},
};

enum { TCP = 6, UDP = 17 };

static const struct { uint16_t from, to; uint8_t protocol; /* 0: both */ const char *service; } PORTS[] = {
    {22, 22, TCP, "ssh"},        {3389, 3389, 0, "rdp"},      {5900, 5999, TCP, "vnc"},  {5800, 5899, TCP, "vnc"},
    {23, 23, TCP, "remote"},     /* telnet */                 {512, 514, TCP, "remote"}, /* rexec, rlogin, rsh */
    {5938, 5938, 0, "remote"},   /* TeamViewer */             {6568, 6568, TCP, "remote"}, {7070, 7070, TCP, "remote"}, /* AnyDesk */
    {21115, 21119, 0, "remote"}, /* RustDesk */               {6783, 6785, TCP, "remote"}, /* Splashtop */
    {4000, 4000, TCP, "remote"}, /* NoMachine */              {6000, 6009, TCP, "remote"}, /* X11 */
    {1194, 1194, 0, "vpn"},      /* OpenVPN */                {500, 500, UDP, "vpn"},      {4500, 4500, UDP, "vpn"}, /* IKE */
    {1701, 1701, UDP, "vpn"},    {1723, 1723, TCP, "vpn"},    /* L2TP, PPTP */             {51820, 51820, UDP, "vpn"}, /* WireGuard */
    {41641, 41641, UDP, "vpn"},  /* Tailscale */              {445, 445, TCP, "smb"},      {139, 139, TCP, "smb"}, {137, 138, UDP, "smb"},
    {2049, 2049, 0, "nfs"},      {111, 111, 0, "nfs"},        {20048, 20048, 0, "nfs"},
};

static const char *service_of(const struct listening *l)
{
    for (size_t i = 0; i < sizeof PROGRAMS / sizeof *PROGRAMS; i++)
        if (!strncmp(l->program, PROGRAMS[i].program, strlen(PROGRAMS[i].program))) /* GNOME's program speaks both */
            return !strcmp(PROGRAMS[i].service, "rdp") && l->port >= 5900 && l->port <= 5999 ? "vnc" : PROGRAMS[i].service;
    for (size_t i = 0; i < sizeof PORTS / sizeof *PORTS; i++)
        if (l->port >= PORTS[i].from && l->port <= PORTS[i].to && (!PORTS[i].protocol || PORTS[i].protocol == l->protocol))
            return PORTS[i].service;
    return "other";
}

/* ---- the firewall ------------------------------------------------------------------------ */

/* The model of what was read when the survey began; NULL without memory. */
static struct fw *model(const struct survey *s)
{
    struct fw *fw = fw_new();

    if (!fw)
        return NULL;
    if (s->firewall)
        fw_read_nft(fw, s->firewall, strlen(s->firewall)); /* what it cannot read it is blind for */
    else
        fw_blind(fw, s->firewall_error && *s->firewall_error ? s->firewall_error : "the rules of the firewall could not be read");
    if (s->legacy_firewall)
        fw_read_iptables(fw, s->legacy_firewall, strlen(s->legacy_firewall));
    return fw;
}

/* Ports that nothing is known to use: does a packet to them come in? */
static void check_active(struct survey *s, struct fw *fw, const struct interfaces *net)
{
    static const unsigned PORTS_TRIED[] = {3, 1021, 11113, 50111};
    char evidence[400], why[400] = "";
    unsigned shut = 0, open = 0, unknown = 0;

    for (unsigned family = FW_IP4; family <= FW_IP6; family++)
        for (size_t i = 0; i < sizeof PORTS_TRIED / sizeof *PORTS_TRIED * 2; i++) {
            struct fw_question q = {.families = family, .protocol = i % 2 ? UDP : TCP, .port = PORTS_TRIED[i / 2], .ifaces = net->ifaces,
                                    .nifaces = net->n};
            enum fw_result r = fw_ask(fw, &q, evidence, sizeof evidence);
            unsigned *count = r == FW_OPEN ? &open : r == FW_UNKNOWN ? &unknown : &shut;

            if (!why[0] || r == FW_UNKNOWN || (r == FW_OPEN && !unknown && !open))
                snprintf(why, sizeof why, "IPv%d %s %u: %.360s", family == FW_IP4 ? 4 : 6, i % 2 ? "udp" : "tcp", q.port, evidence);
            ++*count;
        }
    survey_check(s, ARTICLE_PASSWORDS, "firewall.active",
                 unknown ? SURVEY_UNKNOWN : !open ? SURVEY_MET : shut ? SURVEY_PARTLY : SURVEY_UNMET, "", NULL, 0, why);
}

/* ---- items ---------------------------------------------------------------------------------- */

static bool any_address(const struct listening *l)
{
    static const unsigned char ANY[16];

    return !memcmp(l->address, ANY, l->family == 4 ? 4 : 16);
}

/* A client's own UDP socket is no service. */
static bool is_client(const struct listening *l, const char *service)
{
    return l->protocol == UDP && l->port >= EPHEMERAL && !strcmp(service, "other");
}

static void put_listener(struct survey *s, struct fw *fw, const struct interfaces *net, const struct listening *l)
{
    const char *service = service_of(l);
    char address[INET6_ADDRSTRLEN] = "", evidence[400] = "no memory for the rules of the firewall";
    bool any = any_address(l), mapped = l->family == 6 && l->address[10] == 0xff && l->address[11] == 0xff && !l->address[0] && !l->address[1];
    struct fw_question q = {.protocol = l->protocol, .port = l->port, .ifaces = net->ifaces, .nifaces = net->n};
    enum fw_result r = FW_UNKNOWN;

    if (is_client(l, service))
        return;
    /* "::" takes IPv4 too unless IPV6_V6ONLY is set, which /proc does not tell */
    q.families = l->family == 4 || mapped ? FW_IP4 : any ? FW_BOTH : FW_IP6;
    q.address = any ? NULL : mapped ? l->address + 12 : l->address;
    if (fw)
        r = fw_ask(fw, &q, evidence, sizeof evidence);
    inet_ntop(l->family == 4 ? AF_INET : AF_INET6, l->address, address, sizeof address);
    survey_put(s, json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:s, s:o}", "kind", "listener", "service", service, "protocol",
                            l->protocol == TCP ? "tcp" : "udp", "address", address, "port", (int)l->port, "program", survey_string(l->program),
                            "firewall", fw_word(r), "evidence", survey_string(evidence)));
}

static int by_place(const void *a, const void *b)
{
    const struct listening *x = a, *y = b;
    int d = (int)x->port - (int)y->port;

    d = d ? d : (int)x->protocol - (int)y->protocol;
    d = d ? d : (int)x->family - (int)y->family;
    d = d ? d : memcmp(x->address, y->address, 16);
    return d ? d : strcmp(x->program, y->program);
}

static void put_listeners(struct survey *s, struct fw *fw, const struct interfaces *net)
{
    static const struct { const char *path; bool tcp; unsigned family; } FILES[] = {
        {"/proc/self/net/tcp", true, 4}, {"/proc/self/net/tcp6", true, 6}, {"/proc/self/net/udp", false, 4}, {"/proc/self/net/udp6", false, 6},
    };
    struct listening *rows = calloc(SOCKETS_MAX, sizeof *rows);
    size_t n = 0;

    if (!rows) {
        s->lost++;
        return;
    }
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct buf text;
        int rc;

        buf_init(&text, LIM_SURVEY_FILE);
        rc = survey_read(s, FILES[i].path, LIM_SURVEY_FILE, &text);
        if ((rc == MM_OK || rc == MM_ELIMIT) && text.data)
            s->lost += sockets_read(text.data, FILES[i].tcp, FILES[i].family, rows, &n, SOCKETS_MAX);
        if (rc != MM_OK && !(rc == MM_ENOTFOUND && FILES[i].family == 6)) /* a kernel without IPv6 */
            s->lost++;
        buf_fini(&text);
    }
    sockets_owners(rows, n);
    qsort(rows, n, sizeof *rows, by_place);
    for (size_t i = 0; i < n; i++)
        if (!i || by_place(&rows[i - 1], &rows[i])) /* SO_REUSEPORT: many sockets, one service */
            put_listener(s, fw, net, &rows[i]);
    free(rows);
}

void survey_listeners(struct survey *s)
{
    struct interfaces net = {0};
    struct fw *fw;

    if (!s->live && !s->firewall)
        return; /* a folder listens on nothing */
    fw = model(s);
    if (s->live)
        interfaces_read(s, &net);
    if (fw)
        check_active(s, fw, &net);
    if (s->live)
        put_listeners(s, fw, &net);
    fw_free(fw);
}
