/* Other programs that hold those who open a file. */
#include <stdio.h>

#include "installer/doctor.h"
#include "lib/os/guards.h"

#define LONGEST_MS 1000     /* a server with very many descriptors is looked at in part */

void doctor_guards(struct doctor *d, struct doctor_found *f)
{
    struct os_guard other;
    char pid[16];

    (void)d;
    if (os_guard_other(NULL, 0, LONGEST_MS, &other) != 1)
        return;
    snprintf(pid, sizeof pid, "%d", other.pid);
    if (other.service[0])
        doctor_say(f, DOCTOR_LOST, "guards.service", other.name, other.service);
    else
        doctor_say(f, DOCTOR_LOST, "guards.other", other.name, pid);
}
