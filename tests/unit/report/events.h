/* Events for the tests of agent/report: every field full, so that the mapper
 * and the journal meet what the guard can send. */
#ifndef MM_TESTS_REPORT_EVENTS_H
#define MM_TESTS_REPORT_EVENTS_H

#include <stdio.h>
#include <string.h>

#include "agent/report/ocsf.h"
#include "lib/event.h"

static inline void sample_host(struct ocsf_host *h)
{
    memset(h, 0, sizeof *h);
    snprintf(h->agent_id, sizeof h->agent_id, "%s", "11111111-2222-4333-8444-555555555555");
    snprintf(h->hostname, sizeof h->hostname, "%s", "jimu-pc1");
    snprintf(h->os_name, sizeof h->os_name, "%s", "Debian GNU/Linux 12 (bookworm)");
    snprintf(h->os_version, sizeof h->os_version, "%s", "12");
    snprintf(h->kernel, sizeof h->kernel, "%s", "6.12.0");
    snprintf(h->boot, sizeof h->boot, "%s", "99999999-2222-4333-8444-555555555555");
    snprintf(h->machine, sizeof h->machine, "%s", "c0ffee");
}

static inline void sample_event(struct event *e, unsigned kind, unsigned activity)
{
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->activity = activity;
    e->severity = SEV_HIGH;
    e->outcome = OUTCOME_SUCCESS;
    e->wall_ns = 1790000000123456789;
    e->mono_ns = 5000000000;
    e->first_ns = 1790000000000000000;
    snprintf(e->uid, sizeof e->uid, "aaaaaaaa-0000-4000-8000-%06x%06x", kind, activity);
    snprintf(e->incident, sizeof e->incident, "%s", "bbbbbbbb-0000-4000-8000-000000000001");
    snprintf(e->rule, sizeof e->rule, "%s", "burst_inplace");
    snprintf(e->title_ja, sizeof e->title_ja, "%s", "文書の連続暗号化");
    snprintf(e->title_en, sizeof e->title_en, "%s", "Documents encrypted in place");
    snprintf(e->attack, sizeof e->attack, "%s", "T1486");
    snprintf(e->response, sizeof e->response, "%s", "freeze");
    snprintf(e->reference, sizeof e->reference, "%s", "https://attack.mitre.org/techniques/T1486/");
    snprintf(e->actor, sizeof e->actor, "%s", "rule");
    snprintf(e->detail, sizeof e->detail, "%s", "7 originals in 0.2 s");
    snprintf(e->path, sizeof e->path, "%s", "/home/sato/文書/見積書.docx");
    e->process.pid = 4321;
    e->process.ppid = 4000;
    e->process.uid = 1000;
    e->process.start_ns = 123456789;
    snprintf(e->process.name, sizeof e->process.name, "%s", "python3");
    snprintf(e->process.path, sizeof e->process.path, "%s", "/usr/bin/python3.11");
    snprintf(e->process.cmdline, sizeof e->process.cmdline, "%s", "python3 lock.py --all");
    snprintf(e->process.parent_name, sizeof e->process.parent_name, "%s", "bash");
    snprintf(e->process.user, sizeof e->process.user, "%s", "sato");
    e->files_touched = 9;
    e->files_destroyed = 7;
    e->files_restored = 7;
    e->processes = 2;
    e->count = 3;
    snprintf(e->subject, sizeof e->subject, "%s", "files");
    snprintf(e->old_state, sizeof e->old_state, "%s", "working");
    snprintf(e->new_state, sizeof e->new_state, "%s", "degraded");
}

/* A gateway whose update is overdue, with `n` advisories: CVE-2023-27997 as Fortinet's FG-IR-23-097 tells of it, repeated
 * under made-up numbers. */
static inline void sample_finding(struct event_finding *f, unsigned n)
{
    memset(f, 0, sizeof *f);
    snprintf(f->door, sizeof f->door, "%s", "gateway:vpn.example.co.jp:443");
    snprintf(f->name, sizeof f->name, "%s", "vpn.example.co.jp:443");
    snprintf(f->product, sizeof f->product, "%s", "fortios");
    snprintf(f->product_name, sizeof f->product_name, "%s", "Fortinet FortiOS");
    snprintf(f->maker, sizeof f->maker, "%s", "Fortinet");
    snprintf(f->version, sizeof f->version, "%s", "7.2.4");
    snprintf(f->model, sizeof f->model, "%s", "FortiGate-60F");
    snprintf(f->verdict, sizeof f->verdict, "%s", "overdue");
    snprintf(f->due, sizeof f->due, "%s", "2023-06-26");
    snprintf(f->reason_ja, sizeof f->reason_ja, "%s", "更新の期限を 12 日過ぎています");
    snprintf(f->reason_en, sizeof f->reason_en, "%s", "The update is 12 days overdue");
    f->advisories = n;
    f->advisories_total = n + (n == LIM_FINDING_ADVISORIES ? 3 : 0);
    for (unsigned i = 0; i < n && i < LIM_FINDING_ADVISORIES; i++) {
        struct event_advisory *a = &f->advisory[i];

        a->severity = i ? SEV_HIGH : SEV_CRITICAL;
        a->kev = i == 0;
        snprintf(a->cve, sizeof a->cve, "CVE-2023-%u", 27997 + i);
        snprintf(a->cvss, sizeof a->cvss, "%s", "9.8");
        snprintf(a->released, sizeof a->released, "%s", "2023-06-12");
        snprintf(a->due, sizeof a->due, "%s", "2023-06-26");
        snprintf(a->fixed, sizeof a->fixed, "%s", "7.4.0, 7.2.5, 7.0.12, 6.4.13, 6.2.14, 6.0.17");
        snprintf(a->title_ja, sizeof a->title_ja, "%s", "SSL VPN のログイン前に、外から任意のプログラムを実行される");
        snprintf(a->title_en, sizeof a->title_en, "%s", "Heap-based buffer overflow in SSL VPN: code execution before login");
        snprintf(a->reference, sizeof a->reference, "%s", "https://www.fortiguard.com/psirt/FG-IR-23-097");
    }
}

/* An event of a door or a program, as core makes it. */
static inline void sample_door_event(struct event *e, unsigned kind, unsigned activity)
{
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->activity = activity;
    e->wall_ns = 1790000000123456789;
    e->mono_ns = 5000000000;
    e->first_ns = 1789000000000000000;
    snprintf(e->uid, sizeof e->uid, "aaaaaaaa-0000-4000-8000-%06x%06x", kind, activity);
    snprintf(e->rule, sizeof e->rule, "%s", "vpn_fortios_login");
    snprintf(e->detail, sizeof e->detail, "%s", "version 7.2.4 from the answer of /remote/login");
}

#endif
