#include <stddef.h>

#include "installer/doctor.h"

/* In the order in which they are done and told.  The console is last but for those that look at what it said. */
const struct doctor_check doctor_checks[] = {
    {"root", doctor_root, DOCTOR_BEGIN},
    {"kernel", doctor_kernel, DOCTOR_BEGIN},
    {"fanotify", doctor_fanotify, DOCTOR_BEGIN},
    {"names", doctor_names, DOCTOR_BEGIN},
    {"truncate", doctor_truncate, DOCTOR_BEGIN},
    {"btf", doctor_btf, DOCTOR_BEGIN},
    {"bpf", doctor_bpf, DOCTOR_BEGIN},
    {"isolation", doctor_isolation, DOCTOR_BEGIN},
    {"guards", doctor_guards, DOCTOR_BEGIN},
    {"nft", doctor_nft, DOCTOR_BEGIN},
    {"systemd", doctor_systemd, DOCTOR_BEGIN},
    {"var", doctor_var, DOCTOR_BEGIN},
    {"opt", doctor_opt, DOCTOR_BEGIN},
    {"etc", doctor_etc, DOCTOR_BEGIN},
    {"mac", doctor_mac, DOCTOR_LATER},
    {"year", doctor_year, DOCTOR_BEGIN},
    {"release", doctor_release, DOCTOR_LATER},
    {"settings", doctor_settings, DOCTOR_BEGIN},
    {"units", doctor_units, DOCTOR_BEGIN},
    {"service", doctor_service, DOCTOR_LATER},
    {"console", doctor_console, DOCTOR_LATER},
    {"clock", doctor_clock, DOCTOR_LATER},
    {"proxy", doctor_proxy, DOCTOR_LATER},
    {NULL, NULL, DOCTOR_LATER},
};
