/* Where process trees are cut: the launchers.
 *
 * A launcher starts work for somebody else: what one of its children does says
 * nothing about the others.  A program counts by its name only when it is
 * packaged, else anybody could name his program sshd and give every child a
 * tree of its own. */
#include <string.h>

#include "agent/watch/procs_priv.h"

enum launcher_kind {
    ALWAYS,
    LISTENER,   /* the first of its name; the servers that it forked are not */
    DAEMON,     /* a listener only with --daemon */
};

static const struct { const char *name; enum launcher_kind kind; } launchers[] = {
    /* init and service managers */
    {"init", ALWAYS}, {"systemd", ALWAYS}, {"systemd-executor", ALWAYS}, {"upstart", ALWAYS},
    {"openrc-init", ALWAYS}, {"runsvdir", ALWAYS}, {"runsv", ALWAYS}, {"s6-svscan", ALWAYS},
    {"s6-supervise", ALWAYS}, {"start-stop-daemon", ALWAYS},
    /* logging in */
    {"sshd", ALWAYS}, {"sshd-session", ALWAYS}, {"sshd-auth", ALWAYS}, {"login", ALWAYS},
    {"agetty", ALWAYS}, {"getty", ALWAYS}, {"xrdp-sesman", ALWAYS}, {"xrdp", ALWAYS},
    /* by the clock */
    {"cron", ALWAYS}, {"crond", ALWAYS}, {"atd", ALWAYS}, {"anacron", ALWAYS},
    /* desktops */
    {"dbus-daemon", ALWAYS}, {"dbus-broker-launch", ALWAYS}, {"gdm", ALWAYS}, {"gdm3", ALWAYS},
    {"gdm-session-worker", ALWAYS}, {"gdm-x-session", ALWAYS}, {"gdm-wayland-session", ALWAYS},
    {"lightdm", ALWAYS}, {"sddm", ALWAYS}, {"sddm-helper", ALWAYS}, {"lxdm-binary", ALWAYS},
    {"gnome-session", ALWAYS}, {"gnome-session-binary", ALWAYS}, {"gnome-session-service", ALWAYS},
    {"gnome-shell", ALWAYS}, {"plasmashell", ALWAYS}, {"plasma_session", ALWAYS}, {"ksmserver", ALWAYS},
    {"kded5", ALWAYS}, {"kdeinit5", ALWAYS}, {"krunner", ALWAYS}, {"xfce4-session", ALWAYS},
    {"xfce4-panel", ALWAYS}, {"xfdesktop", ALWAYS}, {"lxsession", ALWAYS}, {"lxpanel", ALWAYS},
    {"lxqt-session", ALWAYS}, {"lxqt-panel", ALWAYS}, {"mate-session", ALWAYS}, {"mate-panel", ALWAYS},
    {"cinnamon-session-binary", ALWAYS}, {"cinnamon", ALWAYS}, {"openbox", ALWAYS}, {"sway", ALWAYS},
    {"nautilus", ALWAYS}, {"nemo", ALWAYS}, {"caja", ALWAYS}, {"thunar", ALWAYS}, {"dolphin", ALWAYS},
    {"pcmanfm", ALWAYS}, {"pcmanfm-qt", ALWAYS},
    /* containers */
    {"containerd-shim", ALWAYS}, {"containerd-shim-runc-v2", ALWAYS}, {"containerd", ALWAYS},
    {"dockerd", ALWAYS}, {"docker-init", ALWAYS}, {"conmon", ALWAYS}, {"crun", ALWAYS}, {"runc", ALWAYS},
    /* file servers: one child per client */
    {"smbd", LISTENER}, {"nmbd", LISTENER}, {"winbindd", LISTENER}, {"samba", LISTENER},
    {"proftpd", LISTENER}, {"vsftpd", LISTENER}, {"pure-ftpd", LISTENER}, {"xinetd", LISTENER},
    {"inetd", LISTENER}, {"afpd", LISTENER}, {"netatalk", LISTENER}, {"rsync", DAEMON},
};

static const char *const shells[] = {"bash", "sh", "dash", "zsh", "ksh", "mksh", "fish", "tcsh", "csh", "busybox"};

static bool is_shell(const char *name)
{
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
        if (!strcmp(name, shells[i]))
            return true;
    return false;
}

/* A shell that a person types into: no script and no -c behind its name.
 * (bash -l, -bash, bash --rcfile FILE -i) */
static bool types_commands(const char *cmdline)
{
    const char *at = strchr(cmdline, ' ');

    while (at && *(at += strspn(at, " "))) {
        size_t n = strcspn(at, " ");

        if (at[0] != '-')
            return false;
        if (at[1] != '-' && memchr(at, 'c', n))
            return false;
        if ((n == 8 && !memcmp(at, "--rcfile", 8)) || (n == 11 && !memcmp(at, "--init-file", 11))) {
            at += n + strspn(at + n, " ");
            n = strcspn(at, " ");
        }
        at += n;
    }
    return true;
}

bool procs_is_launcher(const struct launcher_view *v)
{
    if (v->pid == 1)
        return true;
    if (!v->packaged)
        return false;
    if (v->tty && v->session == (uint32_t)v->pid && is_shell(v->name))
        return types_commands(v->cmdline);
    for (size_t i = 0; i < sizeof launchers / sizeof launchers[0]; i++) {
        if (strcmp(v->name, launchers[i].name))
            continue;
        if (launchers[i].kind == DAEMON && !strstr(v->cmdline, " --daemon"))
            return false;
        return launchers[i].kind == ALWAYS || strcmp(v->name, v->parent_name) != 0;
    }
    return false;
}
