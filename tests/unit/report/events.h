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
    strcpy(h->agent_id, "11111111-2222-4333-8444-555555555555");
    strcpy(h->hostname, "jimu-pc1");
    strcpy(h->os_name, "Debian GNU/Linux 12 (bookworm)");
    strcpy(h->os_version, "12");
    strcpy(h->kernel, "6.12.0");
    strcpy(h->boot, "99999999-2222-4333-8444-555555555555");
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
    strcpy(e->incident, "bbbbbbbb-0000-4000-8000-000000000001");
    strcpy(e->rule, "burst_inplace");
    strcpy(e->title_ja, "文書の連続暗号化");
    strcpy(e->title_en, "Documents encrypted in place");
    strcpy(e->attack, "T1486");
    strcpy(e->response, "freeze");
    strcpy(e->reference, "https://attack.mitre.org/techniques/T1486/");
    strcpy(e->actor, "rule");
    strcpy(e->detail, "7 originals in 0.2 s");
    strcpy(e->path, "/home/sato/文書/見積書.docx");
    e->process.pid = 4321;
    e->process.ppid = 4000;
    e->process.uid = 1000;
    e->process.start_ns = 123456789;
    strcpy(e->process.name, "python3");
    strcpy(e->process.path, "/usr/bin/python3.11");
    strcpy(e->process.cmdline, "python3 lock.py --all");
    strcpy(e->process.parent_name, "bash");
    strcpy(e->process.user, "sato");
    e->files_touched = 9;
    e->files_destroyed = 7;
    e->files_restored = 7;
    e->processes = 2;
    e->count = 3;
    strcpy(e->subject, "files");
    strcpy(e->old_state, "working");
    strcpy(e->new_state, "degraded");
}

#endif
